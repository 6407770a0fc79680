import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { createOutbox } from '../../src/mail/outbox.ts';
import { createMailPayloads } from '../../src/mail/payload.ts';
import { type Database, openDatabase } from '../../src/store/database/database.ts';
import { createDatabaseTime } from '../../src/store/database/database_time.ts';
import { type MailServerUnderTest, startMailServer } from '../support/mail_server.ts';
import { realTime } from '../support/real_time.ts';
import { holdBuild, killServers, type ServerProcess, startServer } from '../support/server_process.ts';
import { type Backend, backend, postgresForTests, redisForTests, runSql, skipped } from '../support/store_servers.ts';
import { until } from '../support/until.ts';

const SECRET = 'a secret of the tests, 32 bytes or more';
/** The least number of rounds; `RACE_ROUNDS=100` runs more than CI does. */
const ROUNDS = Number(process.env['RACE_ROUNDS'] ?? 4);
/** Mails of each round; a replica sends four at once. */
const MAILS = 12;

describe('a replica that is killed while it sends mails', () => {
  if (!backend('TEST_DATABASE_URL') || !backend('TEST_REDIS_URL')) {
    return skipped('needs TEST_DATABASE_URL and TEST_REDIS_URL');
  }
  const outbox = createOutbox(createMailPayloads([SECRET]), createDatabaseTime());
  let stores: Backend[] = [];
  let database: Database;
  let mails: MailServerUnderTest;
  let replica: ServerProcess;

  beforeAll(async () => {
    await holdBuild();
    stores = await Promise.all([postgresForTests(), redisForTests()]);
    database = await openDatabase({ url: stores[0]!.url, dataDir: 'memory', entities: [] });
  }, 120_000);
  beforeEach(async () => {
    mails = await startMailServer();
  });
  afterEach(async () => {
    await killServers();
    await mails.close();
    await runSql(stores[0]!.url, 'delete from mails');
  });
  afterAll(async () => {
    await database?.close();
    await Promise.all(stores.map((store) => store.release()));
  });

  const start = async () => {
    replica = await startServer({
      DATABASE_URL: stores[0]!.url,
      REDIS_URL: stores[1]!.url,
      JWT_SECRET_KEY: SECRET,
      ADMIN_PASSWORD: 'the admin of the tests',
      MAIL_URL: `smtp://127.0.0.1:${mails.port}?tls=off`,
      MAIL_FROM: 'no-reply@auth.example',
    });
    await replica.ready();
  };

  /** Kills the replica, and lets its leases end: in reality, other replicas wait for that. */
  async function kill(): Promise<void> {
    replica.signal('SIGKILL');
    await replica.exited;
    await runSql(
      stores[0]!.url,
      `update mails set leased_until = now() - interval '1 second' where leased_until is not null`,
    );
  }

  async function addMails(count: number): Promise<void> {
    await database.transaction(async (db) => {
      for (let i = 0; i < count; i += 1) {
        const data = {
          username: 'ada',
          path: `/account/reset#token=${randomUUID()}`,
          code: 'ABCD-2345',
          expiresAt: new Date(Date.now() + 3_600_000),
        } as const;
        const to = `${randomUUID()}@example.com`;
        await outbox.add(db, { to, userId: null, template: 'reset-password', data }, new Date());
      }
    });
  }

  const states = async () =>
    (await runSql(stores[0]!.url, 'select state, count(*)::int from mails group by state order by state')).map(
      ({ state, count }) => [state, count],
    );
  const areOver = async () =>
    (await states()).every(([state]) => ['sent', 'unconfirmed', 'failed'].includes(String(state)));

  /** Compares the mails that were added with the whole messages that the mail server got. */
  async function expectEachOnce(): Promise<void> {
    const added = await runSql(stores[0]!.url, 'select id from mails');
    const expected = added.map(({ id }) => `<${String(id)}@auth.example>`).sort();
    expect(mails.received.map(({ messageId }) => messageId).sort()).toEqual(expected);
  }

  it.each([
    ['before the message', 'recipient'],
    ['in the middle of the message', 'begun'],
    ['when the mail server has the message, and has not answered', 'whole'],
  ] as const)(
    '%s loses and doubles no mail',
    async (_when, moment) => {
      await addMails(MAILS);
      let killed = false;
      const strike = (): undefined => {
        if (killed) return;
        killed = true;
        replica.signal('SIGKILL');
      };
      mails.behaviour[moment] = strike;
      await start();
      await replica.exited;
      await kill();
      await start();
      await until(areOver, Boolean, { patienceMs: 60_000 });
      await expectEachOnce();
    },
    120_000,
  );

  it(
    'at any moment loses and doubles no mail, however often',
    async () => {
      // A slow mail server keeps every phase long enough to be struck.
      mails.behaviour.whole = () => realTime(Math.random() * 30);
      for (let round = 0; round < ROUNDS; round += 1) {
        await addMails(MAILS);
        const before = mails.received.length;
        await start();
        await until(() => mails.received.length > before, Boolean, { patienceMs: 60_000, everyMs: 1 });
        await realTime(Math.random() * 60);
        await kill();
      }
      await start();
      await until(areOver, Boolean, { patienceMs: 60_000 });
      await expectEachOnce();
      // Every kill leaves at most the four mails that were being sent.
      const [, unconfirmed = 0] = (await states()).find(([state]) => state === 'unconfirmed') ?? [];
      expect(Number(unconfirmed)).toBeLessThanOrEqual(4 * ROUNDS);
    },
    120_000 + ROUNDS * 30_000,
  );
});
