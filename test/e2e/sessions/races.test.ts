import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { RequestInfo } from '../../../src/kernel/request_info.ts';
import { AuditEventEntity } from '../../../src/audit/audit_event.entity.ts';
import { SessionEntity } from '../../../src/sessions/session.entity.ts';
import { describeOnStores } from '../../support/instance.ts';
import { openSystem, type System } from './system.ts';

/** `RACE_ROUNDS=1000` runs more rounds than CI does. */
const ROUNDS = Number(process.env['RACE_ROUNDS'] ?? 25);
const PATIENCE_MS = 60_000 + ROUNDS * 1_000;
const PASSWORD = 'the password of the races';
const GRACE_SECONDS = 10;
/** The server that renders the browser's page. */
const SERVER: RequestInfo = { address: '198.51.100.20', userAgent: 'node', requestId: 'races' };
const BROWSER: RequestInfo = { address: '192.0.2.1', userAgent: 'Firefox', requestId: 'races' };

describeOnStores('refreshing, again and again', (stores) => {
  let system: System;
  beforeAll(async () => {
    system = await openSystem(stores);
  });
  afterAll(() => system.close());
  beforeEach(() => system.newUsers(1, PASSWORD));

  const login = async () => (await system.login(0, PASSWORD, BROWSER, 0))!;
  const refresh = (token: string, replica = 0) => system.refresh(token, BROWSER, replica);

  it(
    'loses no session to twenty presentations of one token at once',
    async () => {
      let { refreshToken } = await login();
      for (let round = 0; round < ROUNDS; round++) {
        const answers = await Promise.all(Array.from({ length: 20 }, (_, tab) => refresh(refreshToken, tab)));
        const successors = new Set(answers.map((answer) => answer?.refreshToken));
        expect(successors.size).toBe(1);
        refreshToken = answers[0]!.refreshToken;
      }
    },
    PATIENCE_MS,
  );

  it(
    'gives twenty retries of one token at once the same fresh successor',
    async () => {
      let { refreshToken } = await login();
      for (let round = 0; round < ROUNDS; round++) {
        const lost = await refresh(refreshToken);
        await system.elapse(GRACE_SECONDS);
        const answers = await Promise.all(Array.from({ length: 20 }, (_, tab) => refresh(refreshToken, tab)));
        const successors = new Set(answers.map((answer) => answer?.refreshToken));
        expect(successors.size).toBe(1);
        expect(successors).not.toContain(lost?.refreshToken);
        refreshToken = answers[0]!.refreshToken;
      }
    },
    PATIENCE_MS,
  );

  it('ends one session, and no other, for a parent from elsewhere after the grace', async () => {
    const [moved, other] = [await login(), await login()];
    const lost = (await refresh(moved.refreshToken))!;
    await system.elapse(GRACE_SECONDS);
    expect(await system.refresh(moved.refreshToken, SERVER, 1)).toBeNull();
    expect(await refresh(lost.refreshToken)).toBeNull();
    const next = await refresh(other.refreshToken);
    expect(next).not.toBeNull();
    const verdicts = [moved, lost, other, next!].map(({ accessToken }) => system.whoIs(accessToken, 0));
    expect(await Promise.all(verdicts)).toEqual(['REVOKED', 'REVOKED', 'active', 'active']);
  });

  it(
    'lets nothing survive reuse after the grace',
    async () => {
      for (let round = 0; round < ROUNDS; round++) {
        const [stolen, elsewhere] = [await login(), await login()];
        const next = (await refresh(stolen.refreshToken))!;
        const last = (await refresh(next.refreshToken))!;
        await system.elapse(GRACE_SECONDS);
        expect(await refresh(stolen.refreshToken, 1)).toBeNull();
        expect(await refresh(last.refreshToken)).toBeNull();
        expect(await refresh(elsewhere.refreshToken)).toBeNull();
        for (const { accessToken } of [stolen, next, last, elsewhere]) {
          expect([await system.whoIs(accessToken, 0), await system.whoIs(accessToken, 1)]).toEqual([
            'REVOKED',
            'REVOKED',
          ]);
        }
      }
    },
    PATIENCE_MS,
  );

  // Threat: a refresh that began before the sign-out commits after it, and its tokens are valid (CVE-2025-46336).
  it(
    'leaves nothing that counts to a sign-out at the same moment',
    async () => {
      for (let round = 0; round < ROUNDS; round++) {
        const first = await login();
        const [before, after] = await Promise.all([
          refresh(first.refreshToken, round),
          refresh(first.refreshToken, round + 1),
          system.logout(first.refreshToken, BROWSER, round + 1),
        ]);
        for (const tokens of [first, before, after]) {
          if (tokens === null) continue;
          expect([await system.whoIs(tokens.accessToken, 0), await system.whoIs(tokens.accessToken, 1)]).toEqual([
            'REVOKED',
            'REVOKED',
          ]);
          expect(await refresh(tokens.refreshToken)).toBeNull();
        }
      }
    },
    PATIENCE_MS,
  );

  it(
    'stays one row of one size',
    async () => {
      const { refreshToken, accessToken } = await login();
      const id = system.idOf(refreshToken);
      const sizes = new Set<number>();
      let token = refreshToken;
      for (let round = 0; round < ROUNDS; round++) {
        await system.elapse(1);
        token = (await refresh(token))!.refreshToken;
        sizes.add(await sizeOf(id));
      }
      expect(await system.whoIs(accessToken, 0)).toBe('active');
      expect(sizes.size).toBe(1);
      const { database } = system.services;
      expect(await database.run((db) => db.count(SessionEntity, { userId: system.users[0]!.id }))).toBe(1);
    },
    PATIENCE_MS,
  );

  it('writes every replay down', async () => {
    const { refreshToken } = await login();
    await refresh(refreshToken);
    await refresh(refreshToken);
    await system.elapse(1);
    await system.refresh(refreshToken, SERVER, 0);
    await system.elapse(GRACE_SECONDS);
    const retried = await system.refresh(refreshToken, SERVER, 0);
    await refresh(retried!.refreshToken);
    await system.elapse(1);
    await refresh(refreshToken);
    await system.elapse(1);
    // The session has ended by then. Only the first event of a minute counts.
    for (let again = 0; again < 3; again++) await refresh(refreshToken);
    const subject = system.users[0]!.username;
    const events = await system.services.database.run((db) =>
      db.find(AuditEventEntity, { subject, type: { $like: 'refresh.%' } }, { orderBy: { at: 'asc' } }),
    );
    const session = system.idOf(refreshToken);
    expect(events.map(({ type, address, detail }) => ({ type, address, detail }))).toEqual([
      { type: 'refresh.repeated', address: BROWSER.address, detail: { session } },
      { type: 'refresh.repeated', address: SERVER.address, detail: { session, elsewhere: true } },
      { type: 'refresh.retried', address: SERVER.address, detail: { session } },
      { type: 'refresh.reused', address: BROWSER.address, detail: { session, sessionsEnded: 1 } },
      { type: 'refresh.reused', address: BROWSER.address, detail: { session, sessionsEnded: 0 } },
    ]);
  });

  async function sizeOf(id: string): Promise<number> {
    const [row] = await system.services.database.run((db) =>
      db.getConnection().execute('select pg_column_size(sessions.*) as size from sessions where id = ?', [id]),
    );
    return Number((row as { size: number }).size);
  }
});
