import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AuditEventEntity } from '../../../src/audit/audit_event.entity.ts';
import { record } from '../../../src/audit/audit.ts';
import { ProofEntity } from '../../../src/proofs/proof.entity.ts';
import { createSessionPurge, KEPT_SECONDS } from '../../../src/sessions/purge.ts';
import type { RefreshToken } from '../../../src/sessions/refresh_token.ts';
import { type Session, SessionEntity } from '../../../src/sessions/session.entity.ts';
import { FIRST_PARTY } from '../../../src/sessions/sessions.ts';
import { createPurge } from '../../../src/application/foundation/purge.ts';
import type { Services } from '../../../src/application/foundation/services.ts';
import { BATCH_ROWS } from '../../../src/store/database/batch.ts';
import { query, type Db } from '../../../src/store/database/database.ts';
import { RevocationEntity } from '../../../src/tokens/revocation.entity.ts';
import { createUser } from '../../../src/users/users.ts';
import { describeOnStores } from '../../support/instance.ts';
import { openStores, type OpenStores, servicesOver } from '../../support/open_stores.ts';
import { deadline } from '../../support/real_time.ts';

const DEVICE = { address: '192.0.2.1', userAgent: 'a browser' };
const SESSION = {
  grant: FIRST_PARTY,
  device: DEVICE,
  authentication: { at: new Date(), methods: ['pwd'], assurance: 1 },
};
const ORIGIN = { ...DEVICE, requestId: 'a request' };
const HOUR = 3600;
const DAY = 86_400;

describeOnStores('cleaning', (stores) => {
  // The database keeps whole milliseconds.
  const start = Math.floor(Date.now() / 1000) * 1000;
  let now = start;
  const clock = () => now;
  const at = (seconds: number) => new Date(now + seconds * 1000);
  let open: OpenStores;
  let services: Services;
  let userId: string;
  beforeAll(async () => {
    open = await openStores(stores, clock);
    // Longer than a session may stay unused.
    services = await servicesOver(open, clock, { lifetimeSeconds: 2 * DAY });
    const names = { username: 'kandi', email: 'kandi@example.com', fullName: null, role: 'user', passwordHash: 'none' };
    userId = (await services.database.transaction((db) => createUser(db, names, at(0)))).id;
  });
  afterAll(() => open.close());
  beforeEach(async () => {
    now = start;
    await services.database.transaction((db) => db.nativeDelete(SessionEntity, {}));
  });

  const startOne = (db: Db, changes: Partial<Session> = {}) => {
    const started = services.sessions.start(db, { ...SESSION, userId }, at(0));
    Object.assign(started.session, changes);
    return started;
  };
  const add = (changes: Partial<Session> = {}) =>
    services.database.transaction(async (db) => startOne(db, changes).session.id);
  const kept = async () => (await services.database.run((db) => db.find(SessionEntity, {}))).map(({ id }) => id).sort();
  const clean = async (name: string, signal = new AbortController().signal, over = services) =>
    createPurge(over, { retentionDays: 30 })
      .find((cleaning) => cleaning.name === name)!
      .run(signal);

  describe('removes sessions', () => {
    const PAST = -KEPT_SECONDS;
    const over: Record<string, () => Partial<Session>> = {
      ended: () => ({ endedAt: at(PAST), endedBy: 'logout' }),
      expired: () => ({ expiresAt: at(PAST) }),
      idle: () => ({ lastUsedAt: at(PAST - DAY) }),
    };
    const long = () => ({ createdAt: at(-90 * DAY), accessExpiresAt: at(PAST), expiresAt: at(30 * DAY) });

    const cleanSessions = async () => {
      await clean('purge-sessions');
      await clean('purge-idle-sessions');
    };

    it.each(Object.keys(over))('removes what was %s long ago, not a moment sooner', async (how) => {
      await add({ ...long(), ...over[how]!() });
      now -= 1000;
      await cleanSessions();
      expect(await kept()).toHaveLength(1);
      now += 1000;
      await cleanSessions();
      expect(await kept()).toEqual([]);
    });

    it('looks for idle ones in the whole table, slice by slice, and only where there can be any', async () => {
      const count = 10_000 + BATCH_ROWS + 3;
      await services.database.transaction(async (db) => {
        const since = "now() - interval '90 days'";
        await query(
          db,
          `insert into sessions (id, user_id, generation, token_digest, address, created_at, last_used_at, expires_at,
             access_expires_at)
           select gen_random_uuid(), ?, 0, '', '192.0.2.1', ${since}, ${since}, now() + interval '1 day', ${since}
           from generate_series(1, ${count})`,
          [userId],
        );
      });
      const used = await add();
      await clean('purge-idle-sessions');
      expect(await kept()).toEqual([used]);
      const times = {
        lifetimeSeconds: DAY,
        idleSeconds: DAY,
        graceSeconds: 10,
        retrySeconds: 0,
        perAccount: 1,
        accessTokenSeconds: 60,
      };
      expect(createSessionPurge({ ...times, outlivedSeconds: 5 }).idle).toBeNull();
    }, 60_000);

    it('keeps what goes on, what was over just now, and what a disabled account may get back', async () => {
      const ids = [
        await add(),
        await add({ endedAt: at(-HOUR), endedBy: 'logout', accessExpiresAt: at(-2 * DAY) }),
        await add({ endedAt: at(PAST), endedBy: 'disabled', accessExpiresAt: at(60) }),
      ];
      await cleanSessions();
      expect(await kept()).toEqual(ids.sort());
    });

    it('removes proofs once they are not needed to recognise a second use', async () => {
      const proof = { purpose: 'authorization-code', userId, keptSeconds: 100 } as const;
      await services.database.transaction((db) => services.proofs.make(db, proof));
      const count = () => services.database.run((db) => db.count(ProofEntity, {}));
      now += 150_000;
      await clean('purge-proofs');
      expect(await count()).toBe(1);
      now += 20_000;
      await clean('purge-proofs');
      expect(await count()).toBe(0);
    });

    it('goes on until all are gone, a batch to a transaction, and stops in between where the server does', async () => {
      const count = 2 * BATCH_ROWS + 3;
      await services.database.transaction(async (db) => {
        for (let made = 0; made < count; made += 1) startOne(db, { ...long(), ...over['expired']!() });
      });
      const stopping = new AbortController();
      const left: number[] = [];
      const counted: Services = {
        ...services,
        database: {
          ...services.database,
          async transaction(work) {
            const result = await services.database.transaction(work);
            left.push((await kept()).length);
            if (left.length === 1) stopping.abort();
            return result;
          },
        },
      };
      await clean('purge-sessions', stopping.signal, counted);
      expect(left).toEqual([count - BATCH_ROWS]);
      await clean('purge-sessions', undefined, counted);
      expect(left).toEqual([count - BATCH_ROWS, 3, 0]);
    });
  });

  describe('removes sealed successors', () => {
    /** Creates a session that was just refreshed: its parent token still opens its successor. */
    const refreshed = async () => {
      const { session, token } = await services.database.transaction(async (db) => startOne(db));
      const shown = await rotate(token);
      expect(shown.verdict).toBe('current');
      return { id: session.id, parent: token };
    };
    const rotate = (token: RefreshToken) =>
      services.database.transaction((db) => services.sessions.rotate(db, { token, clientId: null, device: DEVICE }));
    const sealed = async (id: string) =>
      (await services.database.run((db) => db.findOneOrFail(SessionEntity, { id }))).sealedSuccessor;

    it('leaves one that is within its grace, also by a clock that is ahead, and forgets it after', async () => {
      const { id, parent } = await refreshed();
      now += 609_000;
      await clean('wipe-successors');
      now -= 600_000;
      expect((await rotate(parent)).verdict).toBe('repeated');
      now += 601_000;
      await clean('wipe-successors');
      expect(await sealed(id)).toBeNull();
      // The verdict is the same without cleaning.
      expect((await rotate(parent)).verdict).toBe('retried');
    });
  });

  it('removes denials that have expired for every replica, and no others', async () => {
    await services.database.transaction(async (db) => {
      db.create(RevocationEntity, { subject: 'jti:old', expiresAt: at(-HOUR) });
      db.create(RevocationEntity, { subject: 'jti:young', expiresAt: at(-HOUR + 1) });
    });
    await clean('purge-revocations');
    const rows = await services.database.run((db) => db.find(RevocationEntity, {}));
    expect(rows.map(({ subject }) => subject)).toEqual(['jti:young']);
  });

  it('removes events that are older than they must be kept, and no others', async () => {
    const note = (subject: string, seconds: number) =>
      services.database.transaction(async (db) =>
        record(db, { type: 'login.failed', subject, at: at(seconds) }, { actor: null, request: ORIGIN }),
      );
    await note('old', -30 * DAY - 1);
    await note('young', -30 * DAY);
    await clean('purge-audit-events');
    const rows = await services.database.run((db) => db.find(AuditEventEntity, {}));
    expect(rows.map(({ subject }) => subject)).toEqual(['young']);
  });

  // PGlite has one connection, so no other one can hold a lock.
  if (stores === 'embedded') return;
  describe('beside others', () => {
    const release: (() => void)[] = [];
    const busy: Promise<unknown>[] = [];
    afterEach(async () => {
      release.splice(0).forEach((go) => go());
      await Promise.all(busy.splice(0));
    });

    /** Runs `work` in a transaction that stays open until the end of the test. */
    async function holding(work: (db: Db) => Promise<unknown>): Promise<void> {
      const go = new Promise<void>((resolve) => release.push(resolve));
      await new Promise<void>((done, fail) => {
        const held = services.database.transaction(async (db) => {
          await work(db);
          await db.flush();
          done();
          await go;
        });
        held.catch(fail);
        busy.push(held.catch(() => undefined));
      });
    }
    const within = async <T>(ms: number, work: Promise<T>): Promise<T> => {
      const late = deadline(ms, undefined).then(() => Promise.reject(new Error(`not within ${ms} ms`)));
      return Promise.race([work, late]);
    };

    it('passes over a session that somebody holds, without waiting', async () => {
      const gone = { accessExpiresAt: at(-9 * DAY), expiresAt: at(-9 * DAY) };
      const [held] = [await add(gone), await add(gone), await add(gone)];
      await holding((db) => services.sessions.lock(db, held));
      await within(2_000, clean('purge-sessions'));
      expect(await kept()).toEqual([held]);
      release.splice(0).forEach((go) => go());
      await Promise.all(busy.splice(0));
      await clean('purge-sessions');
      expect(await kept()).toEqual([]);
    });

    it('wipes no successor of a session that is being refreshed, without waiting', async () => {
      const { session, token } = await services.database.transaction(async (db) => startOne(db));
      const rotated = await services.database.transaction((db) =>
        services.sessions.rotate(db, { token, clientId: null, device: DEVICE }),
      );
      if (rotated.verdict !== 'current') throw new Error(rotated.verdict);
      now += HOUR * 1000;
      await holding((db) => services.sessions.rotate(db, { token: rotated.token, clientId: null, device: DEVICE }));
      await within(2_000, clean('wipe-successors'));
      release.splice(0).forEach((go) => go());
      await Promise.all(busy.splice(0));
      // The successor of the refresh in between is recent.
      const row = await services.database.run((db) => db.findOneOrFail(SessionEntity, { id: session.id }));
      expect(row.sealedSuccessor).not.toBeNull();
    });

    it('holds up no refresh while a batch of sessions is being removed', async () => {
      await add({ accessExpiresAt: at(-9 * DAY), expiresAt: at(-9 * DAY) });
      const { token } = await services.database.transaction(async (db) => startOne(db));
      await holding((db) => services.sessions.purge.over(db, at(0)));
      const rotated = await within(
        2_000,
        services.database.transaction((db) => services.sessions.rotate(db, { token, clientId: null, device: DEVICE })),
      );
      expect(rotated.verdict).toBe('current');
    });

    it('is done by two at once, each row by one', async () => {
      const count = BATCH_ROWS + 100;
      await services.database.transaction(async (db) => {
        for (let made = 0; made < count; made += 1) {
          startOne(db, { accessExpiresAt: at(-9 * DAY), expiresAt: at(-9 * DAY) });
        }
      });
      let first = 0;
      await holding(async (db) => (first = await services.sessions.purge.over(db, at(0))));
      const second = await within(
        2_000,
        services.database.transaction((db) => services.sessions.purge.over(db, at(0))),
      );
      expect([first, second]).toEqual([BATCH_ROWS, 100]);
    });
  });
});
