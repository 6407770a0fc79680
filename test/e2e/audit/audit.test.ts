import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as bcrypt from 'bcrypt';
import { decodeJwt } from 'jose';
import type { AuditType } from '../../../src/audit/audit.ts';
import type { AskOptions, Client, GraphqlAnswer, Tokens } from '../../support/http_client.ts';
import { describeOnStores, type Instance, startInstance } from '../../support/instance.ts';
import { noteSecrets } from '../../support/log_file.ts';
import { basic, createBrowserOf, exchange, pkce, type Registered, registerClient } from '../../support/oauth_client.ts';
import { adminToken, createUser, type Person } from '../../support/accounts.ts';

const FIELDS = 'id at type actor subject address userAgent requestId detail { name value }';

/** An event as an admin reads it, with the detail as one object. */
interface Event {
  readonly id: string;
  readonly at: string;
  readonly type: string;
  readonly actor: string | null;
  readonly subject: string | null;
  readonly address: string | null;
  readonly userAgent: string | null;
  readonly requestId: string | null;
  readonly detail: Readonly<Record<string, string>>;
}

interface Page {
  readonly events: readonly Event[];
  readonly cursors: readonly string[];
  readonly pageInfo: Readonly<Record<string, unknown>>;
}

interface Asked {
  readonly first?: number;
  readonly after?: string;
  readonly username?: string;
  readonly type?: string;
}

describeOnStores('the audit log', (stores) => {
  const start = new Date();
  let gatehouse: Instance;
  let client: Client;
  let app: Registered;
  let browser: ReturnType<typeof createBrowserOf>;
  beforeAll(async () => {
    const env = { TRUST_PROXY: '127.0.0.1', REGISTRATION: 'open', LOGIN_LIMIT_PER_IP: '10000' };
    gatehouse = await startInstance({ stores, env });
    client = gatehouse.client;
    app = await registerClient(gatehouse);
    browser = createBrowserOf(gatehouse);
  });
  afterAll(() => gatehouse.close());

  /** The address that a proxy forwards, not the socket's. */
  const HERE = { address: '192.0.2.7', userAgent: 'a browser' };
  const headers = { 'x-forwarded-for': HERE.address, 'user-agent': HERE.userAgent };
  const ask = (query: string, options: AskOptions = {}) => client.ask(query, { ...options, headers });

  async function askLog(variables: Asked, token?: string): Promise<GraphqlAnswer> {
    return client.ask(
      `query ($first: Int, $after: String, $username: String, $type: String) {
        auditEvents(first: $first, after: $after, username: $username, type: $type) {
          edges { cursor node { ${FIELDS} } }
          pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        }
      }`,
      { token: token ?? (await adminToken(gatehouse)), variables: { ...variables } },
    );
  }
  async function read(asked: Asked, token?: string): Promise<Page> {
    const { data, errors } = await askLog(asked, token);
    expect(errors).toBeUndefined();
    const { edges, pageInfo } = data.auditEvents;
    const events = edges.map(({ node: { detail, ...event } }: any) => ({
      ...event,
      detail: Object.fromEntries(detail.map(({ name, value }: any) => [name, value])),
    }));
    return { events, cursors: edges.map(({ cursor }: any) => cursor), pageInfo };
  }

  /** Returns the events of one request in the log of a user. */
  async function eventsOf(answer: Pick<Response, 'headers'>, username: string): Promise<Event[]> {
    const id = answer.headers.get('x-request-id');
    expect(id).toMatch(/^[\da-f-]{36}$/);
    return (await read({ first: 100, username })).events.filter(({ requestId }) => requestId === id);
  }

  describe('after a request', () => {
    type Told = Pick<Event, 'actor' | 'subject'> & { type: AuditType; detail?: Record<string, unknown> };
    interface Done {
      readonly answer: Pick<Response, 'headers'>;
      /** By type. */
      readonly told: readonly Told[];
    }

    const login = ({ username, password }: Person) => client.login(username, password, headers);
    const byAdmin = async (query: string, variables: Record<string, unknown>) => {
      const answer = await ask(query, { token: await adminToken(gatehouse), variables });
      expect(answer.errors).toBeUndefined();
      return answer;
    };
    const sessionIdOf = async (token: string) => {
      const { data } = await client.ask('{ me { sessions { id current } } }', { token });
      return data.me.sessions.find(({ current }: any) => current).id as string;
    };
    const own = (username: string) => ({ actor: username, subject: username });
    const bySomebody = (subject: string) => ({ actor: null, subject });
    const byTheAdmin = (subject: string) => ({ actor: 'admin', subject });
    const somebody = () => `nobody.${randomUUID()}`;
    const token = (username: string, from: Record<string, string>) =>
      client.form('/token', { username, password: 'wrong' }, from);
    const mint = () => `a new password ${randomUUID()}`;

    const deeds: Record<string, (kandi: Person) => Promise<Done>> = {
      async 'a login'(kandi) {
        const answer = await client.tryLogin(kandi.username, kandi.password, headers);
        return { answer, told: [{ type: 'login.succeeded', ...own(kandi.username) }] };
      },
      async 'a login at /token'({ username, password }) {
        const answer = await client.form('/token', { username, password }, headers);
        return { answer, told: [{ type: 'login.succeeded', ...own(username) }] };
      },
      async 'a login with a wrong password'({ username }) {
        const answer = await client.tryLogin(username, mint(), headers);
        return { answer, told: [{ type: 'login.failed', ...bySomebody(username) }] };
      },
      async 'a login at /token with a wrong password'({ username }) {
        const answer = await client.form('/token', { username, password: 'not the right password' }, headers);
        return { answer, told: [{ type: 'login.failed', ...bySomebody(username) }] };
      },
      async 'a login to a disabled account'({ username, password }) {
        await byAdmin(SET_DISABLED, { username, disabled: true });
        const answer = await client.tryLogin(username, password, headers);
        return { answer, told: [{ type: 'login.failed', ...bySomebody(username) }] };
      },
      async 'a login that replaces an older hash'({ username, password }) {
        await gatehouse.sql(
          `update users set password_hash = '${await bcrypt.hash(password, 4)}' where username = '${username}'`,
        );
        const answer = await client.tryLogin(username, password, headers);
        return {
          answer,
          told: [
            { type: 'login.succeeded', ...own(username) },
            { type: 'password.upgraded', ...bySomebody(username) },
          ],
        };
      },
      async 'a refresh token that comes again within its grace'(kandi) {
        const { refreshToken, accessToken } = await login(kandi);
        const detail = { session: await sessionIdOf(accessToken) };
        await client.refresh(refreshToken, headers);
        const answer = await client.refresh(refreshToken, headers);
        return { answer, told: [{ type: 'refresh.repeated', ...bySomebody(kandi.username), detail }] };
      },
      async 'a refresh token that comes again after that'(kandi) {
        const { refreshToken, accessToken } = await login(kandi);
        const detail = { session: await sessionIdOf(accessToken), sessionsEnded: '2' };
        await login(kandi);
        const { data } = await client.refresh(refreshToken, headers);
        await client.refresh(data!.refresh.refreshToken!, headers);
        const answer = await client.refresh(refreshToken, headers);
        return { answer, told: [{ type: 'refresh.reused', ...bySomebody(kandi.username), detail }] };
      },
      async 'a consent'(kandi) {
        const { answer } = await browser.allow(app, kandi, {}, headers);
        const detail = { client: app.id, scope: 'account', session: expect.stringMatching(/^[\da-f-]{36}$/) };
        return {
          answer,
          told: [{ type: 'consent.given', ...own(kandi.username), detail }],
        };
      },
      async 'a sign-in that a consent needs'(kandi) {
        const page = await browser.open(browser.parametersOf(app, pkce().challenge));
        const { answer } = await browser.signIn(page, kandi, headers);
        return { answer, told: [{ type: 'login.succeeded', ...own(kandi.username) }] };
      },
      async 'a code that comes again'(kandi) {
        const shown = await browser.allow(app, kandi);
        noteSecrets(shown.verifier);
        const { body } = await exchange(gatehouse, app, shown);
        const detail = { client: app.id, session: await sessionIdOf(body.access_token), verdict: 'reused' };
        const answer = await exchange(gatehouse, app, shown, {}, headers);
        return { answer, told: [{ type: 'code.reused', ...bySomebody(kandi.username), detail }] };
      },
      async 'a code that comes with a wrong verifier'(kandi) {
        const { code } = await browser.allow(app, kandi);
        const [row] = await gatehouse.sql(
          `select s.id from sessions s join users u on u.id = s.user_id where u.username = '${kandi.username}'`,
        );
        const detail = { client: app.id, session: row!['id'], verdict: 'wrong' };
        const answer = await exchange(gatehouse, app, { code, verifier: pkce().verifier }, {}, headers);
        return { answer, told: [{ type: 'code.reused', ...bySomebody(kandi.username), detail }] };
      },
      async 'a refresh token taken back by its client'(kandi) {
        const { body } = await exchange(gatehouse, app, await browser.allow(app, kandi));
        const detail = { session: await sessionIdOf(body.access_token), token: 'refresh_token' };
        const answer = await client.form('/revoke', { token: body.refresh_token }, { ...basic(app), ...headers });
        const told = { type: 'token.revoked', actor: `client:${app.id}`, subject: kandi.username, detail } as const;
        return { answer, told: [told] };
      },
      async 'an access token taken back by its client'(kandi) {
        const { body } = await exchange(gatehouse, app, await browser.allow(app, kandi));
        const detail = { jti: decodeJwt(body.access_token).jti, token: 'access_token' };
        const answer = await client.form('/revoke', { token: body.access_token }, { ...basic(app), ...headers });
        const told = { type: 'token.revoked', actor: `client:${app.id}`, subject: kandi.username, detail } as const;
        return { answer, told: [told] };
      },
      async 'an access token that ends its session, which took back ten before'(kandi) {
        let { accessToken, refreshToken } = await login(kandi);
        const detail = { session: await sessionIdOf(accessToken), token: 'access_token' };
        for (let n = 0; n < 10; n += 1) {
          await client.form('/revoke', { token: accessToken });
          const { data } = await client.refresh(refreshToken);
          ({ accessToken, refreshToken } = data!.refresh as Tokens & { refreshToken: string });
        }
        const answer = await client.form('/revoke', { token: accessToken }, headers);
        return { answer, told: [{ type: 'token.revoked', ...bySomebody(kandi.username), detail }] };
      },
      async 'a refresh token taken back'(kandi) {
        const { refreshToken, accessToken } = await login(kandi);
        const detail = { session: await sessionIdOf(accessToken), token: 'refresh_token' };
        const answer = await client.form('/revoke', { token: refreshToken }, headers);
        return { answer, told: [{ type: 'token.revoked', ...bySomebody(kandi.username), detail }] };
      },
      async 'an access token taken back'(kandi) {
        const { accessToken } = await login(kandi);
        const { jti } = JSON.parse(Buffer.from(accessToken.split('.')[1]!, 'base64url').toString());
        const answer = await client.form('/revoke', { token: accessToken }, headers);
        const detail = { jti, token: 'access_token' };
        return { answer, told: [{ type: 'token.revoked', ...bySomebody(kandi.username), detail }] };
      },
      async 'a logout'(kandi) {
        const { refreshToken, accessToken } = await login(kandi);
        const detail = { session: await sessionIdOf(accessToken), by: 'logout' };
        const answer = await ask('mutation ($token: String) { logout(refreshToken: $token) }', {
          variables: { token: refreshToken },
        });
        return { answer, told: [{ type: 'session.ended', ...own(kandi.username), detail }] };
      },
      async 'a logout everywhere'(kandi) {
        await login(kandi);
        const answer = await ask('mutation { logoutEverywhere }', { token: (await login(kandi)).accessToken });
        const detail = { sessionsEnded: '2', by: 'logout' };
        return { answer, told: [{ type: 'session.ended', ...own(kandi.username), detail }] };
      },
      async "a session of one's own ended"(kandi) {
        const { accessToken: token } = await login(kandi);
        const id = await sessionIdOf(token);
        const answer = await ask('mutation ($id: ID!) { revokeSession(id: $id) }', { token, variables: { id } });
        const detail = { session: id, by: 'revoked' };
        return { answer, told: [{ type: 'session.ended', ...own(kandi.username), detail }] };
      },
      async 'all sessions ended by an admin'(kandi) {
        await login(kandi);
        const answer = await byAdmin('mutation ($username: String!) { revokeUserSessions(username: $username) }', {
          username: kandi.username,
        });
        const detail = { sessionsEnded: '1', by: 'revoked' };
        return { answer, told: [{ type: 'session.ended', ...byTheAdmin(kandi.username), detail }] };
      },
      async 'a new password'(kandi) {
        await login(kandi);
        const { accessToken: token } = await login(kandi);
        const variables = { current: kandi.password, next: mint() };
        noteSecrets(variables.next);
        const answer = await ask(
          'mutation ($current: String!, $next: String!) { changePassword(currentPassword: $current, newPassword: $next) }',
          { token, variables },
        );
        const detail = { sessionsEnded: '1' };
        return { answer, told: [{ type: 'password.changed', ...own(kandi.username), detail }] };
      },
      async 'a new password that came with a wrong current one'(kandi) {
        const { accessToken: token } = await login(kandi);
        const answer = await ask(
          'mutation ($current: String!, $next: String!) { changePassword(currentPassword: $current, newPassword: $next) }',
          { token, variables: { current: mint(), next: mint() } },
        );
        return { answer, told: [{ type: 'password.refused', ...own(kandi.username) }] };
      },
      async 'a password set by an admin'(kandi) {
        await login(kandi);
        const password = mint();
        noteSecrets(password);
        const answer = await byAdmin(
          'mutation ($username: String!, $password: String!) { setUserPassword(username: $username, newPassword: $password) { id } }',
          { username: kandi.username, password },
        );
        const detail = { sessionsEnded: '1' };
        return { answer, told: [{ type: 'password.changed', ...byTheAdmin(kandi.username), detail }] };
      },
      async 'an account made by an admin'() {
        const answer = await byAdmin('mutation ($input: CreateUserInput!) { createUser(input: $input) { username } }', {
          input: { ...newAccount(), role: 'admin' },
        });
        const { username } = answer.data.createUser;
        return { answer, told: [{ type: 'user.created', ...byTheAdmin(username), detail: { role: 'admin' } }] };
      },
      async 'a registration'() {
        const answer = await ask('mutation ($input: RegisterInput!) { register(input: $input) { username } }', {
          variables: { input: newAccount() },
        });
        const { username } = answer.data.register;
        return { answer, told: [{ type: 'user.created', ...bySomebody(username), detail: { role: 'user' } }] };
      },
      async 'a new role'({ username }) {
        const answer = await byAdmin(
          'mutation ($username: String!) { setUserRole(username: $username, role: "admin") { id } }',
          { username },
        );
        return {
          answer,
          told: [{ type: 'user.role_set', ...byTheAdmin(username), detail: { from: 'user', to: 'admin' } }],
        };
      },
      async 'a disabling'(kandi) {
        await login(kandi);
        const { username } = kandi;
        const answer = await byAdmin(SET_DISABLED, { username, disabled: true });
        return { answer, told: [{ type: 'user.disabled', ...byTheAdmin(username), detail: { sessionsEnded: '1' } }] };
      },
      async 'an enabling'({ username }) {
        await byAdmin(SET_DISABLED, { username, disabled: true });
        const answer = await byAdmin(SET_DISABLED, { username, disabled: false });
        return { answer, told: [{ type: 'user.enabled', ...byTheAdmin(username), detail: { sessionsEnded: '0' } }] };
      },
      async 'an unlocking'({ username }) {
        const answer = await byAdmin('mutation ($username: String!) { unlockUser(username: $username) { id } }', {
          username,
        });
        return { answer, told: [{ type: 'user.unlocked', ...byTheAdmin(username) }] };
      },
      async 'a profile changed by its owner'(kandi) {
        const { accessToken: token } = await login(kandi);
        const input = { fullName: 'Kandi Brian' };
        const answer = await ask('mutation ($input: UpdateMeInput!) { updateMe(input: $input) { id } }', {
          token,
          variables: { input },
        });
        const detail = { changed: 'fullName' };
        return { answer, told: [{ type: 'user.updated', ...own(kandi.username), detail }] };
      },
      async 'a profile changed by an admin'({ username }) {
        const input = { email: `${randomUUID()}@example.com`, fullName: 'Kandi' };
        noteSecrets(input.email);
        const answer = await byAdmin(
          'mutation ($username: String!, $input: UpdateUserInput!) { updateUser(username: $username, input: $input) { id } }',
          { username, input },
        );
        const detail = { changed: 'email fullName' };
        return { answer, told: [{ type: 'user.updated', ...byTheAdmin(username), detail }] };
      },
      async 'a deletion'(kandi) {
        await login(kandi);
        const answer = await byAdmin('mutation ($username: String!) { deleteUser(username: $username) }', {
          username: kandi.username,
        });
        const detail = { role: 'user', sessionsEnded: '1' };
        return { answer, told: [{ type: 'user.deleted', ...byTheAdmin(kandi.username), detail }] };
      },
      async 'a new client'() {
        const answer = await byAdmin(
          'mutation ($input: CreateClientInput!) { createClient(input: $input) { client { id } secret } }',
          { input: { name: 'A program', grantTypes: ['client_credentials'], scopes: ['users:read'] } },
        );
        const { client: made, secret } = answer.data.createClient;
        noteSecrets(secret);
        const detail = { name: 'A program', public: 'false' };
        return { answer, told: [{ type: 'client.created', ...byTheAdmin(`client:${made.id}`), detail }] };
      },
      async 'a client removed'(kandi) {
        const gone = await registerClient(gatehouse, { name: 'An app no more' });
        await exchange(gatehouse, gone, await browser.allow(gone, kandi));
        const answer = await byAdmin('mutation ($id: ID!) { removeClient(id: $id) }', { id: gone.id });
        const detail = { name: 'An app no more', sessionsEnded: '1' };
        return { answer, told: [{ type: 'client.removed', ...byTheAdmin(`client:${gone.id}`), detail }] };
      },
    };
    const SET_DISABLED =
      'mutation ($username: String!, $disabled: Boolean!) { setUserDisabled(username: $username, disabled: $disabled) { id } }';
    function newAccount() {
      const username = `made.${randomUUID()}`;
      const password = mint();
      noteSecrets(password);
      return { username, email: `${username}@example.com`, password };
    }

    it.each(Object.keys(deeds))('tells of %s', async (name) => {
      const before = Date.now();
      const { answer, told } = await deeds[name]!(await createUser(gatehouse));
      const events = await eventsOf(answer, told[0]!.subject!);
      expect(events.sort((a, b) => (a.type < b.type ? -1 : 1))).toEqual(
        told.map((event) => ({
          ...HERE,
          detail: {},
          ...event,
          id: expect.any(String),
          at: expect.any(String),
          requestId: answer.headers.get('x-request-id'),
        })),
      );
      for (const { at } of events) {
        expect(Date.parse(at)).toBeGreaterThanOrEqual(before);
        expect(Date.parse(at)).toBeLessThanOrEqual(Date.now());
      }
    });

    it('has no event for an action that did not happen', async () => {
      const kandi = await createUser(gatehouse);
      const token = await adminToken(gatehouse);
      const input = { ...newAccount(), username: kandi.username };
      const refused = [
        await ask('mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }', {
          token,
          variables: { input },
        }),
        await ask(SET_DISABLED, {
          token: (await login(kandi)).accessToken,
          variables: { username: kandi.username, disabled: true },
        }),
        await ask('mutation ($username: String!) { setUserRole(username: $username, role: "king") { id } }', {
          token,
          variables: { username: kandi.username },
        }),
      ];
      expect(refused.map(({ refusal }) => refusal)).toEqual(['CONFLICT', 'FORBIDDEN', 'BAD_USER_INPUT']);
      for (const answer of refused) expect(await eventsOf(answer, kandi.username)).toEqual([]);
    });

    it('tells of the first admin that the start made them', async () => {
      const { events } = await read({ username: 'admin', type: 'user.created' });
      const first = events.filter(({ subject }) => subject === 'admin');
      expect(first).toMatchObject([{ actor: null, requestId: 'start', detail: { role: 'admin' } }]);
      expect(Date.parse(first[0]!.at)).toBeGreaterThanOrEqual(start.getTime());
    });

    // Threat: a list of passwords could be tried with a scope that is always refused, and the right ones would leave no
    // trace.
    it('tells of a right password that came with a wrong scope, at every door', async () => {
      const { username, password } = await createUser(gatehouse);
      const form = await client.form('/token', { username, password, scope: 'users:write' }, headers);
      const broad = await registerClient(gatehouse, { scopes: ['account', 'users:read'] });
      const page = await browser.open(browser.parametersOf(broad, pkce().challenge, { scope: 'users:read' }));
      const allowed = await browser.submit(page, { username, password }, headers);
      expect([form.body.error, allowed.sent!.get('error')]).toEqual(['invalid_scope', 'invalid_scope']);
      for (const answer of [form, allowed]) {
        expect(await eventsOf(answer, username)).toMatchObject([
          { type: 'login.failed', subject: username, detail: { refused: 'INVALID_SCOPE' }, ...HERE },
        ]);
      }
    });

    it('digests what was typed into the field of the name and is none', async () => {
      const password = 'Correct horse, battery staple!';
      const answer = await client.tryLogin(password, 'not the right password', headers);
      noteSecrets(password);
      const [event] = await eventsOf(answer, password);
      expect(event).toMatchObject({ type: 'login.failed', subject: expect.stringMatching(/^unknown:[\w-]{16}$/) });
    });

    it('has a digest of every name that no account has, the same for equal ones, also of attempts not looked at', async () => {
      // A valid user name that is really a password.
      const typed = `Summer-${randomUUID()}`;
      noteSecrets(typed.toLowerCase(), typed);
      const subjects = new Set<string | null>();
      const other = await client.tryLogin(`x-${typed}`, 'wrong', headers);
      for (let n = 0; n < 5; n += 1) {
        const from = { ...headers, 'x-forwarded-for': `198.51.100.${n}` };
        const answer = n % 2 ? await client.tryLogin(typed, 'wrong', from) : await token(typed.toLowerCase(), from);
        const [event] = await eventsOf(answer, typed);
        expect(event!.type).toBe(n < 4 ? 'login.failed' : 'login.limited');
        subjects.add(event!.subject);
      }
      expect([...subjects]).toEqual([expect.stringMatching(/^unknown:[\w-]{16}$/)]);
      expect(subjects).not.toContain((await eventsOf(other, `x-${typed}`))[0]!.subject);
      const [row] = await gatehouse.sql(
        `select count(*)::int as rows from audit_events where audit_events::text ilike '%${typed}%'`,
      );
      expect(row).toEqual({ rows: 0 });
    });

    it('has the name of a deleted account no more than any other', async () => {
      const { username } = await createUser(gatehouse);
      await byAdmin('mutation ($username: String!) { deleteUser(username: $username) }', { username });
      const [event] = await eventsOf(await client.tryLogin(username, 'wrong', headers), username);
      expect(event!.subject).toMatch(/^unknown:/);
    });

    it('has one row a minute for a network that is limited, whatever names it tries', async () => {
      const from = (n: number) => ({ 'x-forwarded-for': `2001:db8:77:1::${n.toString(16)}` });
      const kandi = await createUser(gatehouse);
      for (let n = 0; n < 4; n += 1) await client.tryLogin(kandi.username, 'wrong', from(n));
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, n) => client.tryLogin(kandi.username, 'wrong', from(n))),
      );
      expect(new Set(answers.map(({ refusal }) => refusal))).toEqual(new Set(['RATE_LIMITED']));
      // These names are limited at every address, so each could add a row.
      for (const name of [somebody(), somebody()]) {
        for (let n = 0; n < 5; n += 1) await client.tryLogin(name, 'wrong', from(n));
      }
      const rows = await gatehouse.sql(
        `select subject from audit_events where type = 'login.limited' and address like '2001:db8:77:1:%'`,
      );
      expect(rows).toEqual([{ subject: kandi.username }]);
    });

    it('has one row a minute for a refresh token that is repeated within its grace', async () => {
      const kandi = await createUser(gatehouse);
      const { refreshToken } = await client.login(kandi.username, kandi.password, headers);
      await client.refresh(refreshToken);
      for (let n = 0; n < 5; n += 1) expect((await client.refresh(refreshToken)).refusal).toBeUndefined();
      expect((await read({ username: kandi.username, type: 'refresh.repeated' })).events).toHaveLength(1);
    });

    it("has one row a minute for an ended session's token, from whichever address of a network it comes", async () => {
      const kandi = await createUser(gatehouse);
      const { refreshToken } = await client.login(kandi.username, kandi.password, headers);
      const { data } = await client.refresh(refreshToken);
      await client.refresh(data!.refresh.refreshToken!);
      for (let n = 0; n < 6; n += 1) {
        const from = { 'x-forwarded-for': `2001:db8:78:1::${n}` };
        expect((await client.refresh(refreshToken, from)).refusal).toBe('UNAUTHENTICATED');
      }
      // The theft, and the refusal after it.
      expect((await read({ username: kandi.username, type: 'refresh.reused' })).events).toHaveLength(2);
    });

    it('is not filled by one who changes their own name again and again', async () => {
      const kandi = await createUser(gatehouse);
      const { accessToken } = await client.login(kandi.username, kandi.password, headers);
      const rename = (n: number) =>
        ask('mutation ($input: UpdateMeInput!) { updateMe(input: $input) { id } }', {
          token: accessToken,
          variables: { input: { fullName: `Kandi ${n}` } },
        });
      for (let n = 0; n < 30; n += 1) expect((await rename(n)).refusal).toBeUndefined();
      const { errors } = await rename(31);
      expect(errors![0]!.extensions).toMatchObject({ code: 'RATE_LIMITED', retryAfter: expect.any(Number) });
    });

    // A long user agent must neither make a login fail nor fill the log, so it is cut.
    it('keeps as much of a user agent as there is room for', async () => {
      const { username, password } = await createUser(gatehouse);
      const answer = await client.tryLogin(username, password, { ...headers, 'user-agent': 'x'.repeat(5_000) });
      expect(await eventsOf(answer, username)).toMatchObject([{ userAgent: 'x'.repeat(512) }]);
    });
  });

  describe('in pages', () => {
    const COUNT = 25;
    /** Before the tests' own events, and recent enough for the retention. */
    const LATELY = Date.now() - 86_400_000;
    /** Adds three events per millisecond, so that the time alone does not order them. */
    async function fill(username: string): Promise<string[]> {
      const rows = Array.from({ length: COUNT }, (_, n) => ({
        id: randomUUID(),
        at: new Date(LATELY + Math.floor(n / 3)),
      }));
      await insert(username, rows);
      return rows.sort((a, b) => b.at.getTime() - a.at.getTime() || (a.id < b.id ? -1 : 1)).map(({ id }) => id);
    }
    const insert = (username: string, rows: readonly { id: string; at: Date }[]) =>
      gatehouse.sql(
        `insert into audit_events (id, at, type, subject) values ${rows
          .map(({ id, at }) => `('${id}', '${at.toISOString()}', 'login.failed', '${username}')`)
          .join(', ')}`,
      );

    it('show each event once for every size, newest first, while others arrive', async () => {
      const token = await adminToken(gatehouse);
      const username = `paged.${randomUUID()}`;
      const ids = await fill(username);
      for (const first of [...Array.from({ length: 2 * COUNT }, (_, at) => at + 1), 100]) {
        const seen: string[] = [];
        const newer = { id: randomUUID(), at: new Date(LATELY + 1000 + first) };
        for (let after: string | undefined; seen.length < ids.length;) {
          const page = await read({ first, username, ...(after === undefined ? {} : { after }) }, token);
          if (after === undefined) await insert(username, [newer]);
          expect(page.events).toHaveLength(Math.min(first, ids.length - seen.length));
          seen.push(...page.events.map(({ id }) => id));
          expect(page.pageInfo).toEqual({
            hasNextPage: seen.length < ids.length,
            hasPreviousPage: after !== undefined,
            startCursor: page.cursors.at(0),
            endCursor: page.cursors.at(-1),
          });
          after = page.cursors.at(-1);
        }
        expect(seen).toEqual(ids);
        ids.unshift(newer.id);
      }
    }, 60_000);

    it('goes on behind an event that the retention has removed meanwhile', async () => {
      const username = `kept.${randomUUID()}`;
      const ids = await fill(username);
      const { cursors } = await read({ first: 10, username });
      await gatehouse.sql(
        `begin; set local gatehouse.retention = 'on'; delete from audit_events where id = '${ids[9]}'; commit`,
      );
      const next = await read({ first: 100, username, after: cursors[9]! });
      expect(next.events.map(({ id }) => id)).toEqual(ids.slice(10));
    });

    it('are found by names of every spelling', async () => {
      const subject = `key:${randomUUID()}-ABC`;
      await insert(subject, [{ id: randomUUID(), at: new Date(LATELY) }]);
      expect((await read({ username: subject })).events).toHaveLength(1);
    });

    it('are 50 events by default', async () => {
      const username = `many.${randomUUID()}`;
      await fill(username);
      await fill(username);
      await fill(username);
      expect((await read({ username })).events).toHaveLength(50);
    });

    it.each([0, -1, 101, 2 ** 31 - 1])('are not of %d events', async (first) => {
      expect((await askLog({ first })).refusal).toBe('BAD_USER_INPUT');
    });

    const cursor = (text: string) => Buffer.from(text).toString('base64url');
    const ID = '00000000-0000-4000-8000-000000000000';
    it.each([
      ['nothing', ''],
      ['no cursor', 'nonsense'],
      ['a name, as another list has it', cursor('admin')],
      ['a time alone', cursor('2026-01-01T00:00:00.000Z')],
      ['no time there is', cursor(`2026-13-45T00:00:00.000Z ${ID}`)],
      ['a year that PostgreSQL does not know', cursor(`0000-01-01T00:00:00.000Z ${ID}`)],
      ['no id', cursor('2026-01-01T00:00:00.000Z 1')],
      ['more behind it', cursor(`2026-01-01T00:00:00.000Z ${ID}'; drop table users`)],
      ['a million letters', 'a'.repeat(20_000)],
    ])('do not begin behind %s', async (_what, after) => {
      expect((await askLog({ after })).refusal).toBe('BAD_USER_INPUT');
    });

    it.each([
      ['the year 1', `0001-01-01T00:00:00.000Z ${ID}`, 0],
      ['the year 9999', `9999-12-31T23:59:59.999Z ${ID}`, 50],
    ])('begin behind %s as behind any time', async (_when, place, count) => {
      await fill(`times.${randomUUID()}`);
      await fill(`times.${randomUUID()}`);
      expect((await read({ after: cursor(place) })).events).toHaveLength(count);
    });
  });

  describe('asked for some', () => {
    let kandi: Person;
    beforeAll(async () => {
      kandi = await createUser(gatehouse);
      await client.tryLogin(kandi.username, 'not the right password');
      const { accessToken } = await client.login(kandi.username, kandi.password);
      await ask('mutation { logoutEverywhere }', { token: accessToken });
    });
    const typesOf = async (asked: Asked) => (await read(asked)).events.map(({ type }) => type);

    it('shows the actions of a name and those on it', async () => {
      const all = ['session.ended', 'login.succeeded', 'login.failed', 'user.created'];
      expect(await typesOf({ username: kandi.username })).toEqual(all);
      expect(await typesOf({ username: kandi.username.toUpperCase() })).toEqual(all);
      const { events } = await read({ first: 100, username: 'admin' });
      expect(events.map(({ subject }) => subject)).toContain(kandi.username);
      for (const event of events) expect([event.actor, event.subject]).toContain('admin');
    });

    it('shows only events of a type', async () => {
      expect(new Set(await typesOf({ type: 'login.failed' }))).toEqual(new Set(['login.failed']));
      expect(await typesOf({ username: kandi.username, type: 'login.failed' })).toEqual(['login.failed']);
    });

    it('shows nothing where there is nothing', async () => {
      const nothing = { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null };
      for (const username of ['', '%', `nobody.${randomUUID()}`, kandi.username.slice(0, -1), "' or 1=1 --"]) {
        expect(await read({ username })).toEqual({ events: [], cursors: [], pageInfo: nothing });
      }
    });

    it.each([
      ['a type there is not', { type: 'login.unheard_of' }],
      ['a type in capitals', { type: 'LOGIN.FAILED' }],
      ['a type that is nothing', { type: '' }],
      ['a name with a NUL', { username: 'kan\0di' }],
      ['half a character', { username: '\ud800' }],
      ['an endless name', { username: 'x'.repeat(255) }],
    ])('refuses %s', async (_what, asked) => {
      expect((await askLog(asked)).refusal).toBe('BAD_USER_INPUT');
    });
  });

  describe('is read', () => {
    const scoped = async (scope: string) =>
      (await client.form('/token', { ...gatehouse.admin, scope })).body.access_token as string;

    it('by admins, and by what they gave `audit:read` to', async () => {
      expect((await read({ first: 1 }, await scoped('audit:read'))).events).toHaveLength(1);
    });

    it('by no other user', async () => {
      const kandi = await createUser(gatehouse);
      const query = `{ auditEvents { edges { node { id } } } }`;
      const tokens = [await scoped('users:read'), (await client.login(kandi.username, kandi.password)).accessToken];
      for (const token of tokens) {
        const { data, refusal } = await client.ask(query, { token });
        expect([data ?? null, refusal]).toEqual([null, 'FORBIDDEN']);
      }
      expect((await client.ask(query)).refusal).toBe('UNAUTHENTICATED/MISSING');
    });
  });

  describe('only grows', () => {
    const rows = () =>
      gatehouse.sql('select md5(string_agg(e::text, chr(10) order by id)), count(*) from audit_events e');

    it.each([
      ['an update', "update audit_events set actor = 'somebody else'"],
      [
        'an update of one row',
        'update audit_events set detail = null where id = (select id from audit_events limit 1)',
      ],
      [
        'an update by way of an insert',
        'insert into audit_events select * from audit_events on conflict (id) do update set actor = null',
      ],
      ['a deletion', 'delete from audit_events'],
      ['a deletion of one row', 'delete from audit_events where id = (select id from audit_events limit 1)'],
      ['emptying', 'truncate audit_events'],
      [
        'an update under the name of the retention',
        "begin; set local gatehouse.retention = 'on'; update audit_events set actor = null; commit",
      ],
      [
        'emptying under the name of the retention',
        "begin; set local gatehouse.retention = 'on'; truncate audit_events; commit",
      ],
    ])('against %s', async (_what, statement) => {
      const before = await rows();
      await expect(gatehouse.sql(statement)).rejects.toThrow('audit_events is append-only');
      // Ends a transaction that a failed block leaves open, because the connection is shared.
      await gatehouse.sql('rollback');
      expect(await rows()).toEqual(before);
    });
  });

  // Runs last, after all events above.
  it('holds no secret', async () => {
    const kandi = await createUser(gatehouse);
    const answer = await ask(
      'mutation ($username: String!, $password: String!) { login(username: $username, password: $password, delivery: COOKIE) { accessToken } }',
      { variables: { username: kandi.username, password: kandi.password } },
    );
    noteSecrets(kandi.password, answer.headers.getSetCookie()[0]?.split(';')[0]?.split('=')[1]);

    const secrets = new Set(
      readFileSync(process.env['GATEHOUSE_TEST_SECRETS']!, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as string),
    );
    expect(secrets).toContain(kandi.password);
    const log = await gatehouse.sql('select e::text as row from audit_events e');
    // The searched events are of many kinds.
    const [kinds] = await gatehouse.sql('select count(distinct type)::int as kinds from audit_events');
    expect(kinds!['kinds']).toBeGreaterThanOrEqual(15);
    const text = log.map(({ row }) => row as string).join('\n');
    expect([...secrets].filter((secret) => text.includes(secret))).toEqual([]);
    for (const { row } of log) expect(row).not.toMatch(/\beyJ|\$argon2|\$2[aby]\$|bearer/i);
  });
});
