import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Secret, TOTP } from 'otpauth';
import { createSigningKeys } from '../../../src/application/foundation/signing_keys.ts';
import { operator } from '../../../src/cli/operator.ts';
import { countOtherTotpKeys } from '../../../src/credentials/totp/rewrap.ts';
import { createTotp, eraseTotp, hasTotp, type Totp, type TotpVerdict } from '../../../src/credentials/totp/totp.ts';
import { type Database, query } from '../../../src/store/database/database.ts';
import { createDatabaseTime } from '../../../src/store/database/database_time.ts';
import { createUser } from '../../../src/users/users.ts';
import { describeOnStores } from '../../support/instance.ts';
import { NEW_SECRET } from '../../support/key_ring.ts';
import { openStores, type OpenStores, SECRET, servicesOver } from '../../support/open_stores.ts';

const STEP_MS = 30_000;
const HOUR_MS = 3_600_000;

describeOnStores('an authenticator app', (stores) => {
  let now = Math.floor(Date.now() / STEP_MS) * STEP_MS;
  const clock = () => now;
  let open: OpenStores;
  /** Two replicas. */
  let replicas: readonly [Database, Database];
  let totp: Totp;
  let userId: string;
  const sessionId = randomUUID();
  let people = 0;

  const totpUnder = (...secrets: string[]) => createTotp(secrets, 'https://auth.example', createDatabaseTime(clock));

  beforeAll(async () => {
    open = await openStores(stores, clock);
    replicas = [open.database, (await open.again()).database];
    totp = totpUnder(SECRET);
  });
  afterAll(() => open.close());
  beforeEach(async () => {
    const username = `totp.${(people += 1)}`;
    const input = { username, email: `${username}@example.com`, fullName: null, role: 'user', passwordHash: 'none' };
    ({ id: userId } = await open.database.transaction((db) => createUser(db, input, new Date(now))));
    now += STEP_MS * 10;
  });

  const codeAt = (secret: string, ms = now) => TOTP.generate({ secret: Secret.fromBase32(secret), timestamp: ms });
  const wrongFor = (secret: string) =>
    ['111111', '222222', '333333', '444444'].find((code) =>
      [-STEP_MS, 0, STEP_MS].every((drift) => codeAt(secret, now + drift) !== code),
    )!;
  const start = async (by = totp, session = sessionId) => {
    const secret = await open.database.transaction((db) => by.start(db, { userId, sessionId: session }));
    return by.describe(secret, 'kandi').secret;
  };
  const confirm = (code: string, session = sessionId) =>
    open.database.transaction((db) => totp.confirm(db, { userId, sessionId: session, code }));
  const verify = (code: string, { known = false, database = open.database, by = totp } = {}): Promise<TotpVerdict> =>
    database.transaction((db) => by.verify(db, { userId, code, known }));
  const has = () => open.database.run((db) => hasTotp(db, userId));
  const enrol = async () => {
    const secret = await start();
    expect(await confirm(codeAt(secret))).toBe(true);
    now += STEP_MS;
    return secret;
  };

  describe('is set up', () => {
    it('by a first right code, and counts from then on', async () => {
      const secret = await start();
      expect(await has()).toBe(false);
      expect(await verify(codeAt(secret))).toEqual({ kind: 'none' });
      expect(await confirm(wrongFor(secret))).toBe(false);
      expect(await confirm(codeAt(secret))).toBe(true);
      expect(await has()).toBe(true);
    });

    it('by a code that cannot sign in afterwards', async () => {
      const secret = await start();
      const code = codeAt(secret);
      await confirm(code);
      expect(await verify(code)).toEqual({ kind: 'wrong' });
    });

    it('again, and keeps the old secret until the new one is confirmed', async () => {
      const old = await enrol();
      const abandoned = await start();
      const replacing = await start();
      expect(await verify(codeAt(old))).toEqual({ kind: 'right' });
      expect(await confirm(codeAt(abandoned))).toBe(false);
      expect(await confirm(codeAt(replacing))).toBe(true);
      now += STEP_MS;
      expect(await verify(codeAt(old))).toEqual({ kind: 'wrong' });
      expect(await verify(codeAt(replacing))).toEqual({ kind: 'right' });
    });

    it('in the session that began it alone', async () => {
      const secret = await start();
      expect(await confirm(codeAt(secret), randomUUID())).toBe(false);
      expect(await confirm(codeAt(secret))).toBe(true);
    });

    it('within half an hour', async () => {
      const secret = await start();
      now += HOUR_MS / 2;
      expect(await confirm(codeAt(secret))).toBe(false);
    });

    it('within ten tries', async () => {
      const secret = await start();
      for (let n = 0; n < 10; n += 1) expect(await confirm(wrongFor(secret))).toBe(false);
      expect(await confirm(codeAt(secret))).toBe(false);
      expect(await confirm(codeAt(await start()))).toBe(true);
    });

    it('once: the secret cannot be confirmed a second time', async () => {
      const secret = await enrol();
      expect(await confirm(codeAt(secret))).toBe(false);
    });
  });

  describe('proves a code', () => {
    it('once, also one step early or late', async () => {
      const secret = await enrol();
      now += 5 * STEP_MS;
      const [late, current, early] = [-STEP_MS, 0, STEP_MS].map((drift) => codeAt(secret, now + drift));
      expect(await verify(current!)).toEqual({ kind: 'right' });
      expect(await verify(current!)).toEqual({ kind: 'wrong' });
      // A code before the last one is spent as well (RFC 6238 section 5.2).
      expect(await verify(late!)).toEqual({ kind: 'wrong' });
      expect(await verify(early!)).toEqual({ kind: 'right' });
      expect(await verify(codeAt(secret, now + 2 * STEP_MS))).toEqual({ kind: 'wrong' });
    });

    it('once for twenty requests at two replicas at the same time', async () => {
      const secret = await enrol();
      const code = codeAt(secret);
      const verdicts = await Promise.all(
        Array.from({ length: 20 }, (_, n) => verify(code, { database: replicas[n % 2]!, known: n % 4 < 2 })),
      );
      expect(verdicts.filter(({ kind }) => kind === 'right')).toHaveLength(1);
      expect(verdicts.filter(({ kind }) => kind === 'wrong')).toHaveLength(19);
    });

    it('by the time of PostgreSQL, at a replica whose own clock is wrong', async () => {
      const secret = await enrol();
      const wrongClock = () => now - HOUR_MS;
      const replica = await servicesOver(open, wrongClock, { databaseClock: clock });
      expect(await verify(codeAt(secret, wrongClock()), { by: replica.totp })).toEqual({ kind: 'wrong' });
      expect(await verify(codeAt(secret), { by: replica.totp })).toEqual({ kind: 'right' });
    });
  });

  describe('withstands guessing', () => {
    it('by holding an account after 20 wrong codes, also for a right one, and not its known devices', async () => {
      const secret = await enrol();
      const begun = now;
      for (let n = 0; n < 20; n += 1) expect(await verify(wrongFor(secret))).toEqual({ kind: 'wrong' });
      expect(await verify(codeAt(secret))).toEqual({ kind: 'held', forMs: 24 * HOUR_MS });
      expect(await verify(codeAt(secret), { known: true })).toEqual({ kind: 'right' });
      now = begun + 24 * HOUR_MS;
      expect(await verify(codeAt(secret))).toEqual({ kind: 'right' });
    });

    it('in parallel at two replicas: no more than 20 codes are looked at', async () => {
      const secret = await enrol();
      const code = wrongFor(secret);
      const verdicts = await Promise.all(
        Array.from({ length: 60 }, (_, n) => verify(code, { database: replicas[n % 2]! })),
      );
      expect(verdicts.filter(({ kind }) => kind === 'wrong')).toHaveLength(20);
      expect(verdicts.filter(({ kind }) => kind === 'held')).toHaveLength(40);
    });

    it('with the device of a known user: 33 codes of both kinds', async () => {
      const secret = await enrol();
      let looked = 0;
      for (const known of [true, false]) {
        for (let n = 0; n < 25; n += 1) {
          if ((await verify(wrongFor(secret), { known })).kind === 'wrong') looked += 1;
        }
      }
      expect(looked).toBe(33);
    });

    it('across a success, and across another secret of the same account', async () => {
      const secret = await enrol();
      for (let n = 0; n < 19; n += 1) await verify(wrongFor(secret));
      expect(await verify(codeAt(secret))).toEqual({ kind: 'right' });
      await open.database.transaction((db) => totp.remove(db, userId));
      const next = await enrol();
      expect(await verify(wrongFor(next))).toEqual({ kind: 'wrong' });
      expect(await verify(codeAt(next))).toMatchObject({ kind: 'held' });
    });
  });

  it('is removed with its secrets', async () => {
    const secret = await enrol();
    await start();
    const remove = () => open.database.transaction((db) => totp.remove(db, userId));
    expect(await remove()).toBe(true);
    expect(await has()).toBe(false);
    expect(await verify(codeAt(secret))).toEqual({ kind: 'none' });
    expect(await remove()).toBe(false);
    const rows = () =>
      open.database.run((db) =>
        query(db, 'select confirmed_secret, pending_secret from totp_secrets where user_id = ?', [userId]),
      );
    expect(await rows()).toEqual([{ confirmed_secret: null, pending_secret: null }]);
    await open.database.transaction((db) => eraseTotp(db, userId));
    expect(await rows()).toEqual([]);
  });

  it('is changed twice in one transaction', async () => {
    const secret = await enrol();
    await verify(wrongFor(secret));
    await open.database.transaction(async (db) => {
      expect(await totp.remove(db, userId)).toBe(true);
      await totp.forgive(db, userId);
      expect(await totp.remove(db, userId)).toBe(false);
    });
    expect(await has()).toBe(false);
  });

  it('opens under the previous secret, and under the new one alone after "keys rewrap"', async () => {
    const secrets = [NEW_SECRET, SECRET];
    const confirmed = await enrol();
    const [both, renewed] = [totpUnder(...secrets), totpUnder(NEW_SECRET)];
    expect(await verify(codeAt(confirmed), { by: both })).toEqual({ kind: 'right' });
    now += STEP_MS;
    await expect(verify(codeAt(confirmed), { by: renewed })).rejects.toThrow(/JWT_SECRET_KEY_PREVIOUS/);
    expect((await countOtherTotpKeys(open.database, secrets)).previous).toBeGreaterThan(0);
    expect((await countOtherTotpKeys(open.database, [NEW_SECRET])).unknown).toBeGreaterThan(0);

    const keys = createSigningKeys({ database: open.database, clock }, { secrets, algorithm: 'HS256' });
    const { totpSecrets } = await keys.rewrap(operator());
    expect(totpSecrets).toBeGreaterThan(0);
    expect(await countOtherTotpKeys(open.database, [NEW_SECRET])).toEqual({ previous: 0, unknown: 0 });
    expect(await verify(codeAt(confirmed), { by: renewed })).toEqual({ kind: 'right' });

    // Back, for the other tests of this file.
    const back = createSigningKeys(
      { database: open.database, clock },
      { secrets: secrets.toReversed(), algorithm: 'HS256' },
    );
    await back.rewrap(operator());
  });

  it('seals both secrets of a row anew when another one is made under a new secret', async () => {
    const confirmed = await enrol();
    await start(totpUnder(NEW_SECRET, SECRET));
    expect(await verify(codeAt(confirmed), { by: totpUnder(NEW_SECRET) })).toEqual({ kind: 'right' });
    await open.database.transaction((db) => eraseTotp(db, userId));
  });
});
