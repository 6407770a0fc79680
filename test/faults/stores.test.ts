import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { EntitySchema } from '@mikro-orm/core';
import { Redis } from 'ioredis';
import { decodeJwt } from 'jose';
import { AuditEventEntity } from '../../src/audit/audit_event.entity.ts';
import { SessionEntity } from '../../src/sessions/session.entity.ts';
import { type Database, openDatabase } from '../../src/store/database/database.ts';
import { RevocationEntity } from '../../src/tokens/revocation.entity.ts';
import { UserEntity } from '../../src/users/user.entity.ts';
import { backend, skipped } from '../support/store_servers.ts';
import type { Client, GraphqlAnswer, Tokens } from '../support/http_client.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { basic, createBrowserOf, pkce, type Registered, registerClient } from '../support/oauth_client.ts';
import { adminToken, createUser, type Person } from '../support/accounts.ts';
import { until } from '../support/until.ts';
import { startWire, type Wire } from '../support/tcp_proxy.ts';

const ENTITIES: EntitySchema[] = [UserEntity, RevocationEntity, AuditEventEntity];
const NEW_PASSWORD = 'another password for the tests';
const AWAY = '503 SERVICE_UNAVAILABLE';

/** A user with sessions here and elsewhere, and an admin who changes the account. */
interface Subject extends Person {
  readonly tokens: Tokens & { refreshToken: string };
  readonly elsewhere: Tokens;
  readonly admin: string;
  /** A program, registered by the admin. */
  readonly app: Registered;
}

type Change = (client: Client, subject: Subject) => Promise<GraphqlAnswer>;

const asAdmin =
  (field: (subject: Subject) => string): Change =>
  (client, subject) =>
    client.ask(`mutation { ${field(subject)} }`, { token: subject.admin });
const asSubject =
  (field: (subject: Subject) => string): Change =>
  (client, subject) =>
    client.ask(`mutation { ${field(subject)} }`, { token: subject.tokens.accessToken });

const CHANGES = {
  login: (client, { username, password }) => client.tryLogin(username, password),
  refresh: (client, { tokens }) => client.refresh(tokens.refreshToken),
  logout: (client, { tokens }) => client.ask(`mutation { logout(refreshToken: "${tokens.refreshToken}") }`),
  'logout by access token': asSubject(() => 'logout'),
  logoutEverywhere: asSubject(() => 'logoutEverywhere'),
  changePassword: asSubject(
    ({ password }) => `changePassword(currentPassword: "${password}", newPassword: "${NEW_PASSWORD}")`,
  ),
  createUser: asAdmin(
    ({ username: name }) =>
      `createUser(input: { username: "${name}.2", email: "${name}.2@example.com", password: "${NEW_PASSWORD}" }) { id }`,
  ),
  setUserRole: asAdmin(({ username }) => `setUserRole(username: "${username}", role: "admin") { id }`),
  setUserDisabled: asAdmin(({ username }) => `setUserDisabled(username: "${username}", disabled: true) { id }`),
  setUserPassword: asAdmin(
    ({ username }) => `setUserPassword(username: "${username}", newPassword: "${NEW_PASSWORD}") { id }`,
  ),
  revokeUserSessions: asAdmin(({ username }) => `revokeUserSessions(username: "${username}")`),
  revokeSession: asSubject(
    ({ elsewhere }) => `revokeSession(id: "${String(decodeJwt(elsewhere.accessToken)['sid'])}")`,
  ),
  createClient: asAdmin(
    ({ username }) =>
      `createClient(input: { name: "${username}", grantTypes: ["client_credentials"] }) { client { id } }`,
  ),
  removeClient: asAdmin(({ app }) => `removeClient(id: "${app.id}")`),
  unlockUser: asAdmin(({ username }) => `unlockUser(username: "${username}") { id }`),
} satisfies Record<string, Change>;
type Name = keyof typeof CHANGES;
const NAMES = Object.keys(CHANGES) as Name[];

/** The state of a subject's tokens and old password. */
interface Standing {
  readonly me: string;
  readonly elsewhere: string;
  readonly login: string;
  readonly refresh: string;
}
const UNTOUCHED: Standing = { me: 'user', elsewhere: 'user', login: 'ok', refresh: 'ok' };
const REVOKED = 'UNAUTHENTICATED/REVOKED';
const SIGNED_OUT: Standing = { ...UNTOUCHED, me: REVOKED, refresh: 'UNAUTHENTICATED' };
const SIGNED_OUT_EVERYWHERE: Standing = { ...SIGNED_OUT, elsewhere: REVOKED };

/** The changes that Redis receives before PostgreSQL commits, with the subject's state after them. */
const ANNOUNCED: readonly (readonly [Name, Standing])[] = [
  ['login', UNTOUCHED],
  ['logout', SIGNED_OUT],
  ['logout by access token', SIGNED_OUT],
  ['logoutEverywhere', SIGNED_OUT_EVERYWHERE],
  ['revokeUserSessions', SIGNED_OUT_EVERYWHERE],
  ['revokeSession', { ...UNTOUCHED, elsewhere: REVOKED }],
  ['removeClient', UNTOUCHED],
  ['changePassword', { ...UNTOUCHED, elsewhere: REVOKED, login: 'UNAUTHENTICATED' }],
  ['setUserPassword', { ...SIGNED_OUT_EVERYWHERE, login: 'UNAUTHENTICATED' }],
  ['setUserRole', { ...UNTOUCHED, me: 'admin', elsewhere: 'admin' }],
  [
    'setUserDisabled',
    { me: 'INACTIVE_USER', elsewhere: 'INACTIVE_USER', login: 'UNAUTHENTICATED', refresh: 'UNAUTHENTICATED' },
  ],
];

/**
 * Matches changes on the wire, but no statement of a timer: each of these changes has an audit event and is announced
 * to the state cache.
 */
const COMMIT = /insert into "audit_events"[^]*commit/;
const ANNOUNCEMENT = /\r\n(?:set\r\n\$\d+\r\n\S*\{mirror\}|eval\r\n[^]*\{mirror\}:\S*:deny:)/;

describe('when a store is unavailable', () => {
  if (!backend('TEST_DATABASE_URL') || !backend('TEST_REDIS_URL')) {
    return skipped('needs TEST_DATABASE_URL and TEST_REDIS_URL');
  }

  /** Connected to the stores directly. It prepares subjects, and shows the view of another replica. */
  let steady: Instance;
  /** Connected to the same stores through the wire. */
  let server: Instance;
  let client: Client;
  let wires: { PostgreSQL: Wire; Redis: Wire };
  let database: Database;
  let redis: Redis;
  let admin: string;

  beforeAll(async () => {
    steady = await startInstance({ stores: 'PostgreSQL and Redis', env: { PUBLIC_URL: 'http://gatehouse.test' } });
    const { DATABASE_URL: databaseUrl = '', REDIS_URL: redisUrl = '' } = steady.env;
    wires = { PostgreSQL: await startWire(databaseUrl), Redis: await startWire(redisUrl) };
    server = await steady.replica({ DATABASE_URL: wires.PostgreSQL.url, REDIS_URL: wires.Redis.url });
    client = server.client;
    database = await openDatabase({ url: databaseUrl, dataDir: '', entities: [...ENTITIES, SessionEntity] });
    redis = new Redis(redisUrl);
    admin = await adminToken(steady);
  });
  afterAll(async () => {
    await server.stop();
    await Promise.all([wires.PostgreSQL.close(), wires.Redis.close(), database.close()]);
    redis.disconnect();
    await steady.close();
  });

  async function signedIn(): Promise<Subject> {
    const person = await createUser(steady);
    const login = () => steady.client.login(person.username, person.password);
    const app = await registerClient(steady, { grantTypes: ['client_credentials'], scopes: [] });
    return { ...person, admin, app, tokens: await login(), elsewhere: await login() };
  }

  /** Returns every row that a change could affect, without those that a server removes by itself. */
  const rows = () =>
    database.run(async (db) => {
      const tables = await Promise.all([
        ...ENTITIES.map((entity) => db.find(entity, {})),
        db.find(SessionEntity, {}, { exclude: ['sealedSuccessor'] }),
      ]);
      // A table has no order.
      return tables.map((table) => table.map((row) => JSON.stringify(row)).toSorted());
    });

  /** Returns the state; fails the test if the replicas differ. */
  async function standing({ username, password, tokens, elsewhere }: Subject): Promise<Standing> {
    const worth = async (accessToken: string) => {
      const answers = await Promise.all([server, steady].map((replica) => replica.client.me(accessToken)));
      const [here = '', there] = answers.map(({ refusal, data }) => refusal ?? data!.me.role!);
      expect(there).toBe(here);
      return here;
    };
    const [me, other] = [await worth(tokens.accessToken), await worth(elsewhere.accessToken)];
    const login = await client.tryLogin(username, password);
    const refresh = await client.refresh(tokens.refreshToken);
    return { me, elsewhere: other, login: login.refusal ?? 'ok', refresh: refresh.refusal ?? 'ok' };
  }

  async function recovered(): Promise<void> {
    const ready = async () => (await fetch(`${server.url}/health/ready`)).status;
    await until(ready, (status) => status === 200, { patienceMs: 5_000 });
  }

  describe.each([
    { store: 'Redis', how: 'cut', patienceMs: 5_000 },
    { store: 'Redis', how: 'stall', patienceMs: 5_000 },
    { store: 'PostgreSQL', how: 'cut', patienceMs: 15_000 },
    { store: 'PostgreSQL', how: 'stall', patienceMs: 15_000 },
  ] as const)('$store: $how', ({ store, how, patienceMs }) => {
    let subjects: Record<Name, Subject>;
    let answers: Record<string, { said: string; ms: number }>;
    let before: unknown;
    let after: unknown;

    beforeAll(async () => {
      const page = await registerClient(steady);
      const [known, unknown, ...others] = await Promise.all(['known', 'unknown', ...NAMES].map(signedIn));
      subjects = Object.fromEntries(NAMES.map((name, n) => [name, others[n]!])) as Record<Name, Subject>;
      await redis.del(await redis.keys(`gatehouse:*:user:${unknown!.username}`));
      const get = (path: string, token?: string) => async () => {
        const { status } = await fetch(
          server.url + path,
          token ? { headers: { authorization: `Bearer ${token}` } } : {},
        );
        return `${status}`;
      };
      const ask = (question: () => Promise<GraphqlAnswer>) => async () => {
        const { status, refusal } = await question();
        return `${status} ${refusal ?? 'ok'}`;
      };
      const questions: Record<string, () => Promise<string>> = {
        '/health/live': get('/health/live'),
        '/health/ready': get('/health/ready'),
        'the public keys': get('/.well-known/jwks.json'),
        'a public field': ask(() => client.ask('{ __typename }', { token: known!.tokens.accessToken })),
        'me, state known': ask(() => client.me(known!.tokens.accessToken)),
        '/users/me, state known': get('/users/me', known!.tokens.accessToken),
        'me, state unknown': ask(() => client.me(unknown!.tokens.accessToken)),
        '/token': async () => {
          const { status, body } = await client.form('/token', { username: 'admin', password: steady.admin.password });
          return `${status} ${body.error}`;
        },
        ...Object.fromEntries(NAMES.map((name) => [name, ask(() => CHANGES[name](client, subjects[name]))])),
      };
      const form =
        (path: string, fields: Record<string, string>, headers = {}) =>
        async () => {
          const { status, body } = await client.form(path, fields, headers);
          return `${status} ${body?.error}`;
        };
      const asApp = basic(known!.app);
      Object.assign(questions, {
        '/authorize': get(
          `/authorize?${new URLSearchParams(createBrowserOf(server).parametersOf(page, pkce().challenge)).toString()}`,
        ),
        'the metadata': get('/.well-known/oauth-authorization-server'),
        '/token/refresh': form('/token/refresh', { refresh_token: known!.tokens.refreshToken }),
        '/token, client_credentials': form('/token', { grant_type: 'client_credentials' }, asApp),
        '/revoke': form('/revoke', { token: known!.tokens.refreshToken }),
        '/introspect': form('/introspect', { token: known!.tokens.accessToken }, asApp),
        auditEvents: ask(() => client.ask('{ auditEvents { edges { cursor } } }', { token: admin })),
      });
      before = await rows();
      await wires[store][how]();
      const asked = Object.entries(questions).map(async ([name, question]) => {
        const started = performance.now();
        return [name, { said: await question(), ms: performance.now() - started }] as const;
      });
      answers = Object.fromEntries(await Promise.all(asked));
      after = await rows();
      await wires[store].mend();
      await recovered();
    }, 60_000);

    it.each(
      Object.entries({
        '/health/live': '200',
        '/health/ready': '503',
        'the public keys': '200',
        'a public field': '200 ok',
        'me, state known': store === 'Redis' ? AWAY : '200 ok',
        '/users/me, state known': store === 'Redis' ? '503' : '200',
        'me, state unknown': AWAY,
        '/token': '503 temporarily_unavailable',
        '/token/refresh': '503 temporarily_unavailable',
        '/token, client_credentials': '503 temporarily_unavailable',
        '/revoke': '503 temporarily_unavailable',
        '/introspect': '503 temporarily_unavailable',
        // It stores nothing before its response.
        '/authorize': store === 'Redis' ? '200' : '503',
        'the metadata': '200',
        auditEvents: AWAY,
        ...Object.fromEntries(NAMES.map((name) => [name, AWAY])),
      }),
    )('%s: %s', (name, said) => {
      expect(answers[name]).toEqual({ said, ms: expect.any(Number) });
      expect(answers[name]!.ms).toBeLessThan(said.startsWith('200') ? 2_000 : patienceMs);
    });

    it('changes nothing', () => expect(after).toEqual(before));

    it('recovers by itself, without a partial change', async () => {
      const standings = await Promise.all(Object.values(subjects).map(standing));
      expect(standings).toEqual(Array(NAMES.length).fill(UNTOUCHED));
    });
  });

  describe.each(['undelivered', 'unanswered'] as const)('Redis is killed during an announcement, %s', (moment) => {
    it.each(ANNOUNCED)('%s does not happen', async (name) => {
      const subject = await signedIn();
      const before = await rows();
      wires.Redis.cutAt(ANNOUNCEMENT, moment);
      const { status, refusal } = await CHANGES[name](client, subject);
      expect(`${status} ${refusal}`).toBe(AWAY);
      expect(await rows()).toEqual(before);
      await recovered();
      expect(await standing(subject)).toEqual(UNTOUCHED);
    });
  });

  describe('PostgreSQL is killed between the announcement and the commit', () => {
    let subject: Subject;
    beforeEach(async () => {
      subject = await signedIn();
    });
    const changeWhileItDies = async (name: Name, moment: 'undelivered' | 'unanswered') => {
      wires.PostgreSQL.cutAt(COMMIT, moment);
      const { status, refusal } = await CHANGES[name](client, subject);
      expect(`${status} ${refusal}`).toBe(AWAY);
    };

    it.each(ANNOUNCED)('%s does not happen', async (name) => {
      const before = await rows();
      await changeWhileItDies(name, 'undelivered');
      expect(await rows()).toEqual(before);
      expect(await standing(subject)).toEqual(UNTOUCHED);
    });

    it.each(ANNOUNCED)('%s has happened if only the reply to the commit is lost', async (name, expected) => {
      const before = await rows();
      await changeWhileItDies(name, 'unanswered');
      expect(await rows()).not.toEqual(before);
      expect(await standing(subject)).toEqual(expected);
    });
  });

  it('allows a consent again that could not be committed', async () => {
    const person = await createUser(steady);
    const [app, browser] = [await registerClient(steady), createBrowserOf(server)];
    const page = await browser.open(browser.parametersOf(app, pkce().challenge));
    const allow = () => browser.submit(page, { ...person }, { origin: 'http://gatehouse.test' });
    wires.PostgreSQL.cutAt(COMMIT, 'undelivered');
    expect((await allow()).status).toBe(503);
    await recovered();
    const { status, sent } = await allow();
    expect({ status, code: sent?.get('code') }).toEqual({ status: 303, code: expect.any(String) });
    expect((await allow()).status).toBe(400);
  });

  it('has every connection back, however many were lost in a transaction', async () => {
    const subject = await signedIn();
    const poolSize = 10;
    for (let lost = 0; lost <= poolSize; lost += 1) {
      wires.PostgreSQL.cutAt(COMMIT, 'undelivered');
      expect((await CHANGES.logout(client, subject)).refusal).toBe('SERVICE_UNAVAILABLE');
    }
    await recovered();
    expect(await standing(subject)).toEqual(UNTOUCHED);
  });
});
