import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { AuditEventEntity } from '../../../src/audit/audit_event.entity.ts';
import type { RequestInfo } from '../../../src/kernel/request_info.ts';
import { operator } from '../../../src/cli/operator.ts';
import { createUseCases, type UseCases } from '../../../src/application/use_cases.ts';
import { personOf } from '../../../src/application/authentication/principal.ts';
import type { Services } from '../../../src/application/foundation/services.ts';
import { query } from '../../../src/store/database/database.ts';
import { createUser } from '../../../src/users/users.ts';
import { describeOnStores } from '../../support/instance.ts';
import { openStores, type OpenStores, servicesOver } from '../../support/open_stores.ts';

const MOST = 3;
const MANY = 20_000;
const PASSWORD = 'the password of the many';
const ORIGIN: RequestInfo = { address: '192.0.2.1', userAgent: 'Firefox', requestId: 'many' };

describeOnStores('an account with many sessions', (stores) => {
  let now = Math.floor(Date.now() / 1000) * 1000;
  let open: OpenStores;
  let services: Services;
  let use: UseCases;
  let user: { id: string; username: string };
  let people = 0;

  beforeAll(async () => {
    const clock = () => now;
    open = await openStores(stores, clock);
    services = await servicesOver(open, clock, { perAccount: MOST });
    use = createUseCases(services);
  });
  afterAll(() => open.close());
  beforeEach(async () => {
    const username = `many.${(people += 1)}`;
    const names = { username, email: `${username}@example.com`, fullName: null, role: 'user' };
    const passwordHash = await services.hasher.hash(PASSWORD);
    user = await services.database.transaction((db) => createUser(db, { ...names, passwordHash }, new Date(now)));
  });

  const login = () => {
    now += 1000;
    return use.login({ username: user.username, password: PASSWORD }, ORIGIN);
  };
  const reasonOf = (accessToken: string) =>
    use.authenticate([`Bearer ${accessToken}`]).then(
      () => 'active',
      (error: { reason?: string }) => error.reason,
    );
  const refreshes = (refreshToken: string) =>
    use.refresh(refreshToken, null, ORIGIN).then(
      () => true,
      () => false,
    );

  it('keeps those that were used last, and writes down which sign-in ended another', async () => {
    const [first, second, third] = [await login(), await login(), await login()];
    now += 1000;
    const kept = await use.refresh(first.refreshToken, null, ORIGIN);
    const fourth = await login();
    const reasons = [kept, second, third, fourth].map(({ accessToken }) => reasonOf(accessToken));
    expect(await Promise.all(reasons)).toEqual(['active', 'REVOKED', 'active', 'active']);
    expect(await refreshes(second.refreshToken)).toBe(false);
    expect(await refreshes(third.refreshToken)).toBe(true);
    const ends = await services.database.run((db) =>
      db.find(AuditEventEntity, { subject: user.username, type: 'session.ended' }),
    );
    expect(ends.map(({ actor, detail }) => ({ actor, detail }))).toEqual([
      { actor: null, detail: { sessionsEnded: 1, by: 'limit' } },
    ]);
  });

  it('is within its limit after sign-ins at once, and after the limit was lowered', async () => {
    await Promise.all(Array.from({ length: 8 }, login));
    const running = async () =>
      (await services.database.run((db) => services.sessions.list(db, [user.id], new Date(now)))).length;
    expect(await running()).toBe(MOST);
    // More sessions than one statement ends.
    await insertSessions(5_010);
    await login();
    expect(await running()).toBe(MOST);
  });

  const admin = operator();

  it.each<[string, boolean, (accessToken: string) => Promise<unknown>]>([
    ['disabling the account', false, async () => use.accounts.setDisabled(user.username, true, admin)],
    [
      'signing out everywhere',
      true,
      async (accessToken) => use.logoutEverywhere(personOf(await use.authenticate([`Bearer ${accessToken}`])), ORIGIN),
    ],
    [
      'changing the password',
      true,
      async (accessToken) =>
        use.changePassword(
          personOf(await use.authenticate([`Bearer ${accessToken}`])),
          { current: PASSWORD, next: `${PASSWORD}, another` },
          ORIGIN,
        ),
    ],
  ])(
    `ends all of ${MANY} by %s`,
    async (_what, denies, end) => {
      const { accessToken, refreshToken } = await login();
      const own = services.refreshTokens.parse(refreshToken)!.sessionId;
      await insertSessions(MANY);
      await end(accessToken);
      const count = (sql: string) =>
        services.database.run(async (db) => (await query<{ count: number }>(db, sql, [user.id, own]))[0]!.count);
      const others = 'from sessions s where user_id = ? and id <> ?';
      expect(await count(`select count(*)::int as count ${others} and ended_at is null`)).toBe(0);
      const denied = `exists (select 1 from revocations where subject = 'sid:' || s.id)`;
      expect(await count(`select count(*)::int as count ${others} and ${denied}`)).toBe(denies ? MANY : 0);
    },
    120_000,
  );

  async function insertSessions(count: number): Promise<void> {
    await services.database.run((db) =>
      query(
        db,
        `insert into sessions (id, user_id, generation, token_digest, address, created_at, last_used_at, expires_at,
           access_expires_at)
         select gen_random_uuid(), ?, 0, '', '192.0.2.1', ?::timestamptz, ?::timestamptz,
           ?::timestamptz + interval '1 day', ?::timestamptz + interval '30 minutes'
         from generate_series(1, ${count})`,
        [user.id, ...Array.from({ length: 4 }, () => new Date(now))],
      ),
    );
  }
});
