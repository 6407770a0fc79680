import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type Database,
  type DatabaseOptions,
  openDatabase,
  query,
  type Db,
} from '../../../src/store/database/database.ts';
import { migrations } from '../../../src/store/database/migrations/list.ts';
import { RevocationEntity } from '../../../src/tokens/revocation.entity.ts';
import { backend, type Backend, postgresForTests, runSql, skipped } from '../../support/store_servers.ts';
import { documentedSettings, hasPgbouncer, type Pgbouncer, startPgbouncer } from '../../support/pgbouncer.ts';

const PAGE = 'docs/pgbouncer.md';
const LIMITS = ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'];

describe('behind PgBouncer', () => {
  if (backend('TEST_DATABASE_URL') === undefined) return skipped('needs TEST_DATABASE_URL');
  if (!hasPgbouncer) return skipped('needs PgBouncer (apt-get install pgbouncer)');

  let server: Backend;
  const opened: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const one of opened.splice(0).reverse()) await one.close();
    await server.release();
  });
  const keep = <T extends { close(): Promise<void> }>(part: T): T => {
    opened.push(part);
    return part;
  };
  async function bouncer(settings: Record<string, string | number>): Promise<Pgbouncer> {
    server = await postgresForTests();
    return keep(await startPgbouncer(server.url, settings));
  }
  const open = async (url: string, options: Partial<DatabaseOptions> = {}): Promise<Database> =>
    keep(await openDatabase({ url, dataDir: '', entities: [RevocationEntity], ...options }));
  const migrated = (db: Db) => query(db, 'select name from mikro_orm_migrations order by id');

  it.each([
    ['transaction', 1, 5],
    ['transaction', 5, 5],
    ['session', 1, 1],
    ['session', 10, 3],
  ])(
    'starts in %s pooling with a pool of %i, as %i replicas at once',
    async (pool_mode, size, replicas) => {
      const { url } = await bouncer({ ...documentedSettings(PAGE), pool_mode, default_pool_size: size });
      const databases = await Promise.all(Array.from({ length: replicas }, () => open(url)));
      expect(await databases[0]!.run(migrated)).toEqual(migrations.map(({ name }) => ({ name })));
      expect(databases.flatMap((database) => database.migrated)).toHaveLength(migrations.length);
      // One after another, as a pool of one connection allows in either mode.
      for (const database of databases) {
        await database.transaction((db) => query(db, 'delete from revocations where false'));
      }
    },
    60_000,
  );

  it('names the setting that is missing, at once', async () => {
    const { url } = await bouncer({ pool_mode: 'transaction' });
    const started = Date.now();
    await expect(open(url)).rejects.toThrow(
      /^DATABASE_URL: no connection to .*unsupported startup parameter.*ignore_startup_parameters .* docs\/pgbouncer\.md/,
    );
    expect(Date.now() - started).toBeLessThan(5_000);
  });

  it('warns where no limit is in force, and keeps those of the role', async () => {
    const { url } = await bouncer(documentedSettings(PAGE));
    const notices: string[] = [];
    await open(url, { onNotice: (words) => notices.push(words) });
    expect(notices).toEqual([expect.stringContaining('statement_timeout or lock_timeout is not in force')]);

    const role = `gatehouse_limited_${process.pid}`;
    await runSql(server.url, `create role "${role}" login superuser`);
    const asRole = new URL(server.url);
    asRole.username = role;
    try {
      await runSql(server.url, `alter role "${role}" set statement_timeout = '300ms'`);
      await runSql(server.url, `alter role "${role}" set lock_timeout = '8s'`);
      const limited = keep(await startPgbouncer(asRole.href, { ...documentedSettings(PAGE), default_pool_size: 1 }));
      const none: string[] = [];
      const database = await open(limited.url, { onNotice: (words) => none.push(words) });
      expect(none).toEqual([]);
      for (let again = 0; again < 3; again += 1) {
        const slow = database.run((db) => query(db, 'select pg_sleep(5)'));
        await expect(slow).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE', cause: { code: '57014' } });
      }
    } finally {
      for (const one of opened.splice(0).reverse()) await one.close();
      await runSql(server.url, `select pg_terminate_backend(pid) from pg_stat_activity where usename = '${role}'`);
      await runSql(server.url, `reassign owned by "${role}" to current_user`);
      await runSql(server.url, `drop role "${role}"`);
    }
  }, 60_000);

  it('asks for the limits that its page shows', async () => {
    server = await postgresForTests();
    const database = await open(server.url);
    const shown = readFileSync(PAGE, 'utf8');
    for (const limit of LIMITS) {
      const [row] = await database.run((db) => query<Record<string, string>>(db, `show ${limit}`));
      expect(shown).toContain(`SET ${limit} = '${row![limit]}'`);
      expect(documentedSettings(PAGE)['ignore_startup_parameters']!.split(',')).toContain(limit);
    }
  });
});
