import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type Database,
  type DatabaseOptions,
  isDuplicate,
  lockAcrossReplicas,
  openDatabase,
  type Db,
} from '../../../src/store/database/database.ts';
import { migrations } from '../../../src/store/database/migrations/list.ts';
import { RevocationEntity } from '../../../src/tokens/revocation.entity.ts';
import { type Backend, describeWith, postgresForTests } from '../../support/store_servers.ts';
import { freePort } from '../../support/free_port.ts';
import { openTemplate } from '../../support/instance.ts';
import { startWire, type Wire } from '../../support/tcp_proxy.ts';
import { until, untilResolves } from '../../support/until.ts';
import { latency, realTime } from '../../support/real_time.ts';

const AWAY = { code: 'SERVICE_UNAVAILABLE' };

const OPTIONS: DatabaseOptions = { url: undefined, dataDir: 'memory', entities: [RevocationEntity] };
const opened: Database[] = [];
async function open(options: Partial<DatabaseOptions>): Promise<Database> {
  const database = await openDatabase({ ...OPTIONS, ...options });
  opened.push(database);
  return database;
}
afterAll(() => Promise.all(opened.splice(0).map((database) => database.close())));

/** Returns the message with which opening fails; fails the test if it succeeds. */
const refusal = (options: Partial<DatabaseOptions>): Promise<string> =>
  open(options).then(
    () => 'opened',
    (error: Error) => error.message,
  );

const sql = (db: Db, text: string): Promise<Record<string, string>[]> =>
  db.getConnection().execute(text, [], 'all', db.getTransactionContext());
const add = (db: Db, subject: string) =>
  void db.persist(db.create(RevocationEntity, { subject, expiresAt: new Date() }));
const find = (db: Db, subject: string) => db.findOne(RevocationEntity, { subject });

function behavesAsADatabase(kind: Database['kind'], openOne: () => Promise<Database>): void {
  let database: Database;
  let subject: string;
  beforeAll(async () => {
    database = await openOne();
  });
  beforeEach(() => {
    subject = randomUUID();
  });

  it('says what it is and answers', async () => {
    expect(database.kind).toBe(kind);
    await expect(database.checkWritable()).resolves.toBeUndefined();
  });

  it('keeps what a transaction wrote', async () => {
    expect(await database.transaction(async (db) => (add(db, subject), 'done'))).toBe('done');
    expect(await database.run((db) => find(db, subject))).toMatchObject({ subject, expiresAt: expect.any(Date) });
  });

  it('rolls back a transaction that throws, and throws the same error', async () => {
    const fault = new Error('of ours');
    const failing = database.transaction(async (db) => {
      add(db, subject);
      await db.flush();
      throw fault;
    });
    await expect(failing).rejects.toBe(fault);
    expect(await database.run((db) => find(db, subject))).toBeNull();
  });

  it('tells a duplicate from other faults', async () => {
    const addAgain = () => database.transaction(async (db) => add(db, subject));
    await addAgain();
    expect(isDuplicate(await addAgain().catch((error: unknown) => error))).toBe(true);
    const wrong = database.run((db) => sql(db, 'select nonsense'));
    expect(isDuplicate(await wrong.catch((error: unknown) => error))).toBe(false);
  });

  it('runs one at a time what locks across replicas', async () => {
    const order: string[] = [];
    const inTurn = (name: string) =>
      database.transaction(async (db) => {
        await lockAcrossReplicas(db, 'the tests');
        order.push(name);
        // The work under the lock: another transaction would begin within it.
        await latency(20);
        order.push(name);
      });
    await Promise.all(['a', 'b', 'c'].map(inTurn));
    expect(order.filter((name, at) => at % 2 === 0 && order[at + 1] === name)).toHaveLength(3);
  });

  it('is away once it is closed', async () => {
    await database.close();
    await expect(database.checkWritable()).rejects.toMatchObject(AWAY);
  });
}

describe('on PGlite', () => {
  let pglite: Awaited<ReturnType<typeof openTemplate>>;
  behavesAsADatabase('pglite', async () => {
    pglite = await openTemplate();
    return open({ pglite: async () => pglite });
  });
  afterAll(() => pglite.close());

  it('names the folder that does not open', async () => {
    const damaged = () => Promise.reject(new Error('Aborted()'));
    expect(await refusal({ dataDir: '/data', pglite: damaged })).toBe(
      'DATA_DIR: cannot open the database in /data: Aborted()',
    );
  });
});

describeWith('TEST_DATABASE_URL', 'an empty PostgreSQL', () => {
  it('is migrated once, however many start on it together', async () => {
    const { url, release } = await postgresForTests();
    const replicas = await Promise.all(Array.from({ length: 10 }, () => openDatabase({ ...OPTIONS, url })));
    const rows = await replicas[0]!.run((db) => sql(db, 'select name from mikro_orm_migrations'));
    expect(rows).toEqual(migrations.map(({ name }) => ({ name })));
    await Promise.all(replicas.map((replica) => replica.close()));
    await release();
  });
});

describeWith('TEST_DATABASE_URL', 'on PostgreSQL', () => {
  let backend: Backend;
  let url: string;
  beforeAll(async () => {
    backend = await postgresForTests();
    url = backend.url;
  });
  afterAll(async () => {
    await Promise.all(opened.splice(0).map((database) => database.close()));
    await backend.release();
  });

  behavesAsADatabase('postgresql', () => open({ url }));

  describe('in trouble', () => {
    let database: Database;
    beforeAll(async () => {
      database = await open({ url });
    });

    it('repeats what ended in a deadlock', async () => {
      const rows = [randomUUID(), randomUUID()] as const;
      await database.transaction(async (db) => rows.forEach((subject) => add(db, subject)));
      let tries = 0;
      const bothFirst = Promise.withResolvers<void>();
      const lockInOrder = ([first, second]: readonly [string, string]) =>
        database.transaction(async (db) => {
          const lock = (subject: string) => sql(db, `select from revocations where subject = '${subject}' for update`);
          await lock(first);
          if ((tries += 1) === 2) bothFirst.resolve();
          await bothFirst.promise;
          await lock(second);
          return tries;
        });
      await Promise.all([lockInOrder(rows), lockInOrder([rows[1], rows[0]])]);
      expect(tries).toBeGreaterThanOrEqual(3);
    });

    it.each([
      ['a lock', 'lock_timeout', '8s', `select pg_advisory_xact_lock(42)`],
      ['a statement', 'statement_timeout', '10s', `select pg_sleep(1)`],
    ])('waits for %s so long and no longer', async (_, setting, limit, statement) => {
      expect(await database.run((db) => sql(db, `show ${setting}`))).toEqual([{ [setting]: limit }]);
      await database.transaction(async (holder) => {
        await sql(holder, 'select pg_advisory_xact_lock(42)');
        const waiting = database.transaction(async (db) => {
          await sql(db, `set local ${setting} = 100`);
          await sql(db, statement);
        });
        await expect(waiting).rejects.toMatchObject(AWAY);
      });
    });

    it('is unavailable to the caller that loses the connection, and available to the next', async () => {
      await expect(
        database.run((db) => sql(db, 'select pg_terminate_backend(pg_backend_pid())')),
      ).rejects.toMatchObject(AWAY);
      // Until the pool notices the lost connection.
      await untilResolves(() => database.checkWritable(), 1_000);
    });

    // A failover: connections opened while the server was read-only stay read-only when it accepts changes again.
    it('keeps no connection that takes no changes', async () => {
      const name = new URL(url).pathname.slice(1);
      const write = () => database.transaction((db) => sql(db, 'delete from revocations where false'));
      const asAdmin = await open({ url });
      await asAdmin.run((db) => sql(db, `alter database "${name}" set default_transaction_read_only = on`));
      try {
        await asAdmin.run((db) =>
          sql(
            db,
            `select pg_terminate_backend(pid) from pg_stat_activity
              where datname = '${name}' and pid <> pg_backend_pid()`,
          ),
        );
        // Uses every connection of the pool at once; none of the ended ones may be among them.
        await untilResolves(() => {
          const many = Array.from({ length: 10 }, () => database.run((db) => sql(db, 'select pg_sleep(0.1)')));
          return Promise.all(many);
        });
        await expect(write()).rejects.toMatchObject(AWAY);
        await expect(database.checkWritable()).rejects.toMatchObject(AWAY);
      } finally {
        await asAdmin.transaction(async (db) => {
          await sql(db, 'set transaction read write');
          await sql(db, `alter database "${name}" reset default_transaction_read_only`);
        });
      }
      const outcomes = [];
      for (let tries = 0; tries < 12; tries += 1)
        outcomes.push(
          await write().then(
            () => 'done',
            () => 'refused',
          ),
        );
      expect(outcomes.slice(-3)).toEqual(['done', 'done', 'done']);
    });

    it.each([
      ['takes no changes', '25006', false],
      ['is shut down by an administrator', '57P01', false],
      ['crashed', '57P02', false],
      ['is starting', '57P03', false],
      ['ends idle connections', '57P05', false],
      ['lost the connection', '08006', false],
      ['violates the protocol', '08P01', false],
      ['divides by zero', '22012', true],
      ['refuses a value', '22023', true],
    ])('keeps a connection over an error only where it is of use: a server that %s (%s)', async (_, code, kept) => {
      const own = await open({ url });
      const pid = async () => (await own.run((db) => sql(db, 'select pg_backend_pid() as pid')))[0]!['pid'];
      const before = await pid();
      const raise = `do $$ begin raise exception 'an error of the tests' using errcode = '${code}'; end $$`;
      await expect(own.run((db) => sql(db, raise))).rejects.toMatchObject(kept ? { code } : AWAY);
      expect((await pid()) === before).toBe(kept);
    });

    it('is unavailable to a caller that loses it between two statements', async () => {
      const lost = database.transaction(async (db) => {
        const [own] = await sql(db, 'select pg_backend_pid() as pid');
        await database.run((other) => sql(other, `select pg_terminate_backend(${own!['pid']})`));
        // The end of the connection reaches the pool before the reply to a query that finds it gone.
        const isThere = `select from pg_stat_activity where pid = ${own!['pid']}`;
        await until(
          () => database.run((other) => sql(other, isThere)),
          ({ length }) => length === 0,
        );
        await sql(db, 'select 1');
      });
      await expect(lost).rejects.toMatchObject(AWAY);
    });
  });

  describe('at the start', () => {
    let wire: Wire;
    beforeEach(async () => {
      wire = await startWire(url);
    });
    afterEach(() => wire.close());
    const withSecret = (change: (to: URL) => void) => {
      const to = new URL(wire.url);
      to.password = 'not-to-be-shown';
      change(to);
      return to.href;
    };

    it.each([
      ['an unknown database', (to: URL) => void (to.pathname = '/nowhere'), /database "nowhere" does not exist/],
      ['an unknown role', (to: URL) => void (to.username = 'nobody'), /"nobody"/],
      // Without TLS on this server, the connection must fail and not continue in the clear.
      ['TLS it does not have', (to: URL) => void (to.search = '?sslmode=require'), /does not support SSL/],
    ])('refuses %s at once, without a secret', async (_, change, said) => {
      const started = Date.now();
      const message = await refusal({ url: withSecret(change) });
      expect(message).toMatch(/^DATABASE_URL: no connection to 127\.0\.0\.1:\d+\/\w+: /);
      expect(message).toMatch(said);
      expect(message).not.toContain('not-to-be-shown');
      expect(Date.now() - started).toBeLessThan(3_000);
    });

    it('waits for one that is coming', async () => {
      await wire.cut();
      const opening = open({ url: wire.url });
      // A refused connection leaves no trace here: this is time for several tries.
      await realTime(300);
      await wire.mend();
      await expect((await opening).checkWritable()).resolves.toBeUndefined();
    });
  });
});

describe('where there is no PostgreSQL', () => {
  it.each(['127.0.0.1', 'localhost', 'nowhere.invalid'])('gives up on %s when its patience ends', async (host) => {
    const port = await freePort();
    const url = `postgresql://gatehouse:not-to-be-shown@${host}:${port}/gatehouse`;
    const message = await refusal({ url, patience: 100 });
    expect(message).toMatch(
      /^DATABASE_URL: no connection to [\w.]+:\d+\/gatehouse: .*(ECONNREFUSED|ENOTFOUND|EAI_AGAIN)/,
    );
    expect(message).not.toContain('not-to-be-shown');
  });

  it('says what the server said to a wrong password', async () => {
    const said = 'SFATAL\0C28P01\0Mpassword authentication failed for user "gatehouse"\0\0';
    const length = Buffer.alloc(4);
    length.writeInt32BE(4 + said.length);
    const server = createServer((socket) => socket.once('data', () => socket.end(`E${length}${said}`)));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const started = Date.now();
    expect(await refusal({ url: `postgresql://gatehouse:not-to-be-shown@127.0.0.1:${port}/gatehouse` })).toBe(
      `DATABASE_URL: no connection to 127.0.0.1:${port}/gatehouse: password authentication failed for user "gatehouse"`,
    );
    expect(Date.now() - started).toBeLessThan(3_000);
    await once(server.close(), 'close');
  });
});
