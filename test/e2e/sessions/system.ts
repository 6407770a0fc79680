import { randomBytes } from 'node:crypto';
import type { RequestInfo } from '../../../src/kernel/request_info.ts';
import { operator } from '../../../src/cli/operator.ts';
import { Refusal } from '../../../src/kernel/errors.ts';
import { userActor } from '../../../src/kernel/actor.ts';
import { personOf } from '../../../src/application/authentication/principal.ts';
import type { SignedIn } from '../../../src/application/foundation/issue.ts';
import type { Services } from '../../../src/application/foundation/services.ts';
import { createUnitOfWork } from '../../../src/application/foundation/unit_of_work.ts';
import { createRefresh } from '../../../src/application/sessions/refresh.ts';
import { createUseCases, type UseCases } from '../../../src/application/use_cases.ts';
import type { Db } from '../../../src/store/database/database.ts';
import { createUser } from '../../../src/users/users.ts';
import type { Stores } from '../../support/instance.ts';
import { noteSecrets } from '../../support/log_file.ts';
import { allowAs, pkce } from '../../support/oauth_client.ts';
import { openStores, servicesOver } from '../../support/open_stores.ts';

/**
 * Two replicas over one pair of stores, with a clock that the tests move. The second replica's own clock is 15 seconds
 * ahead, so rotation must use PostgreSQL's.
 */
export interface System {
  readonly services: Services;
  readonly replicas: readonly UseCases[];
  readonly users: readonly { readonly id: string; readonly username: string }[];
  /** Creates accounts with this password. */
  newUsers(count: number, password: string): Promise<void>;
  login(user: number, password: string, origin: RequestInfo, replica: number): Promise<SignedIn | null>;
  /** @param app true if the app presents the token */
  refresh(token: string, origin: RequestInfo, replica: number, app?: boolean): Promise<SignedIn | null>;
  /** Allows the app to use the user's account; null if that is refused. */
  allow(user: number, password: string, origin: RequestInfo, replica: number): Promise<AllowedCode | null>;
  redeem(code: AllowedCode, origin: RequestInfo, replica: number): Promise<SignedIn>;
  setRole(user: number, role: string, replica: number): Promise<void>;
  logout(refreshToken: string, origin: RequestInfo, replica: number): Promise<void>;
  changePassword(
    accessToken: string,
    passwords: { current: string; next: string },
    origin: RequestInfo,
    replica: number,
  ): Promise<void>;
  disable(user: number, disabled: boolean, replica: number): Promise<void>;
  /** Sets the password as an admin. Ends every session, as {@link System.revokeAll} does. */
  setPassword(user: number, next: string, replica: number): Promise<void>;
  revokeAll(user: number, replica: number): Promise<void>;
  /** Returns `active`, `inactive`, or why the token is not valid. */
  whoIs(accessToken: string, replica: number): Promise<string>;
  /** Returns the same, with the scopes of a valid token: `active account`. */
  whatMay(accessToken: string, replica: number): Promise<string>;
  idOf(refreshToken: string): string;
  /** Lets the replica's next change commit, and then stops the replica before any later step. */
  crashNext(replica: number): void;
  /** Runs `work` while no change of the replica can commit; fails if the work succeeds. */
  failing(replica: number, work: () => Promise<unknown>): Promise<void>;
  flush(): Promise<void>;
  elapse(seconds: number): Promise<void>;
  close(): Promise<void>;
}

/** A code, with the other parameters of its exchange. */
export interface AllowedCode {
  readonly code: string;
  readonly verifier: string;
}

/** The difference between the two replicas' clocks, which is more than the grace. */
const APART_MS = 15_000;
const RETRY_SECONDS = 3600;

const REDIRECT = 'https://model.example/callback';

const FROM_AN_ADMIN: RequestInfo = { address: '192.0.2.99', userAgent: null, requestId: 'model' };

export async function openSystem(stores: Stores): Promise<System> {
  // A whole second, because JWTs and the model count in seconds.
  let now = Math.floor(Date.now() / 1000) * 1000;
  const clock = () => now;
  const open = await openStores(stores, clock);
  const crashing = new Set<number>();
  const unable = new Set<number>();

  /** Creates a process that can die between its commit and the next step. */
  const replica = async (at: number) => {
    const services = await servicesOver(at === 0 ? open : await open.again(), clock, { retrySeconds: RETRY_SECONDS });
    const unlessCrashed =
      <A extends unknown[]>(work: (...args: A) => Promise<void>) =>
      async (...args: A) => {
        if (crashing.has(at)) throw new Error('the process is dead');
        return work(...args);
      };
    const { database, denylist, liveUsers, attempts } = services;
    return {
      ...services,
      database: {
        ...database,
        run: <T>(work: (db: Db) => Promise<T>) =>
          unable.has(at) ? Promise.reject(new Refusal('SERVICE_UNAVAILABLE')) : database.run(work),
        // After all steps of the change, and before its commit.
        transaction: <T>(work: (db: Db) => Promise<T>) =>
          database.transaction(async (db) => {
            const result = await work(db);
            if (unable.has(at)) throw new Refusal('SERVICE_UNAVAILABLE');
            return result;
          }),
      },
      denylist: { ...denylist, publish: unlessCrashed(denylist.publish) },
      liveUsers: { ...liveUsers, publish: unlessCrashed(liveUsers.publish) },
      // Other tests try guessing; here attempts have no limit.
      attempts: { ...attempts, guard: async <T>(_: unknown, check: () => Promise<T>) => check() },
    };
  };
  const services = [await replica(0), await replica(1)];
  const ahead = () => now + APART_MS;
  const replicas = services.map((replicaServices, at) => ({
    ...createUseCases(replicaServices),
    refresh: createRefresh({ ...replicaServices, clock: at === 0 ? clock : ahead }, createUnitOfWork(replicaServices)),
  }));
  const useCases = (at: number) => replicas[at % replicas.length]!;
  let users: { id: string; username: string }[] = [];

  const input = {
    name: 'The app of the model',
    public: true,
    redirectUris: [REDIRECT],
    grantTypes: ['authorization_code', 'refresh_token'],
    scopes: ['*'],
  };
  const { client: app } = await replicas[0]!.clients.create(input, operator());
  // Keeps one admin, because the last admin cannot be demoted.
  await open.database.transaction((db) =>
    createUser(
      db,
      { username: 'admin', email: 'admin@example.com', fullName: null, role: 'admin', passwordHash: 'none' },
      new Date(now),
    ),
  );

  /** The crash ends with the change that it hits. */
  async function through<T>(at: number, work: (use: UseCases) => Promise<T>): Promise<T> {
    try {
      return await work(useCases(at));
    } finally {
      crashing.delete(at % replicas.length);
    }
  }

  async function orNull(work: Promise<SignedIn>): Promise<SignedIn | null> {
    try {
      const signedIn = await work;
      noteSecrets(signedIn.accessToken, signedIn.refreshToken);
      return signedIn;
    } catch (thrown) {
      if (thrown instanceof Refusal && (thrown.kind === 'REFRESH_TOKEN' || thrown.kind === 'INCORRECT_LOGIN')) {
        return null;
      }
      throw thrown;
    }
  }

  async function whatMay(accessToken: string, at: number): Promise<string> {
    try {
      const { user, scopes } = personOf(await useCases(at).authenticate([`Bearer ${accessToken}`]));
      return user.disabled ? 'inactive' : `active ${scopes.join(' ')}`;
    } catch (thrown) {
      if (thrown instanceof Refusal && thrown.reason) return thrown.reason;
      throw thrown;
    }
  }

  const admin = { actor: userActor({ id: 'admin', username: 'admin' }, ['*']), request: FROM_AN_ADMIN };
  return {
    services: services[0]!,
    replicas,
    get users() {
      return users;
    },

    async newUsers(count, password) {
      const passwordHash = await services[0]!.hasher.hash(password);
      users = await open.database.transaction(async (db) => {
        const made = [];
        for (let n = 0; n < count; n++) {
          const username = `model.${randomBytes(8).toString('hex')}`;
          const profile = { username, email: `${username}@example.com`, fullName: null, role: 'user', passwordHash };
          made.push(await createUser(db, profile, new Date(now)));
        }
        return made.map(({ id, username }) => ({ id, username }));
      });
    },

    login: (user, password, origin, at) =>
      through(at, (use) => orNull(use.login({ username: users[user]!.username, password }, origin))),
    refresh: (token, origin, at, byApp = false) =>
      through(at, (use) => orNull(use.refresh(token, byApp ? app.id : null, origin))),
    async allow(user, password, origin, at) {
      const { verifier, challenge } = pkce();
      const { authorizations } = useCases(at);
      const request = { clientId: app.id, redirectUri: REDIRECT, challenge, scope: 'account', state: null };
      const interaction = await authorizations.find(authorizations.begin(request));
      const credentials = { username: users[user]!.username, password };
      return through(at, async () => {
        try {
          const code = await allowAs({ authorizations }, interaction, { credentials, origin });
          noteSecrets(code);
          return { code, verifier };
        } catch (thrown) {
          // The second code: the account had changed by the time of the consent.
          const over = ['INCORRECT_LOGIN', 'TRANSACTION'];
          if (thrown instanceof Refusal && over.includes(thrown.kind)) return null;
          throw thrown;
        }
      });
    },
    redeem: (code, origin, at) =>
      through(at, async (use) => {
        const signedIn = await use.exchangeCode({ ...code, redirectUri: REDIRECT, client: app }, origin);
        noteSecrets(signedIn.accessToken, signedIn.refreshToken);
        return signedIn;
      }),
    setRole: (user, role, at) =>
      through(at, async (use) => void (await use.accounts.setRole(users[user]!.username, role, admin))),
    logout: (refreshToken, origin, at) =>
      through(at, async (use) => void (await use.logout({ refreshToken, principal: null }, origin))),
    changePassword: (token, passwords, origin, at) =>
      through(at, async (use) =>
        use.changePassword(personOf(await use.authenticate([`Bearer ${token}`])), passwords, origin),
      ),
    disable: (user, disabled, at) =>
      through(at, async (use) => void (await use.accounts.setDisabled(users[user]!.username, disabled, admin))),
    setPassword: (user, next, at) =>
      through(at, async (use) => void (await use.accounts.setPassword(users[user]!.username, next, admin))),
    revokeAll: (user, at) =>
      through(at, async (use) => void (await use.accounts.revokeSessions(users[user]!.username, admin))),

    whoIs: async (accessToken, at) => (await whatMay(accessToken, at)).split(' ')[0]!,
    whatMay,

    idOf: (refreshToken) => services[0]!.refreshTokens.parse(refreshToken)!.sessionId,
    async failing(at, work) {
      unable.add(at % replicas.length);
      try {
        await work();
      } catch (thrown) {
        if (thrown instanceof Refusal && thrown.kind === 'SERVICE_UNAVAILABLE') return;
        throw thrown;
      } finally {
        unable.delete(at % replicas.length);
      }
      throw new Error('a change that cannot commit was answered as done');
    },

    crashNext: (at) => void crashing.add(at % replicas.length),
    // The embedded store is lost only with its process: see test/faults/restart.test.ts.
    flush: async () => void (stores === 'embedded' ? undefined : await open.emptied()),
    async elapse(seconds) {
      now += seconds * 1000;
      await open.age(seconds * 1000);
    },
    close: open.close,
  };
}
