import { type Database, query } from './database.ts';
import { migrations } from './migrations/list.ts';

export interface DatabaseState {
  /** PostgreSQL's own, such as `17.5`. */
  readonly version: string;
  /** Its clock, in milliseconds since the epoch. */
  readonly time: number;
  /** Whether it refuses changes: a replica, or a primary that was demoted or set so. */
  readonly readOnly: boolean;
  /** Migrations that are to be applied, by name. */
  readonly pending: readonly string[];
  /** Migrations that were applied and are not ours: a newer release's. */
  readonly unknown: readonly string[];
}

/** What a database is and how far it is, without changing it. Throws SERVICE_UNAVAILABLE. */
export async function inspectDatabase(database: Pick<Database, 'run'>): Promise<DatabaseState> {
  return database.run(async (db) => {
    const [server] = await query<{ version: string; time: string; migrated: boolean; readonly: boolean }>(
      db,
      `select current_setting('server_version') as version, extract(epoch from clock_timestamp()) * 1000 as time,
         to_regclass('mikro_orm_migrations') is not null as migrated,
         current_setting('transaction_read_only') = 'on' as readonly`,
    );
    const { version, time, migrated, readonly } = server!;
    const rows = migrated ? await query<{ name: string }>(db, 'select name from mikro_orm_migrations') : [];
    const applied = rows.map(({ name }) => name);
    const ours = migrations.map(({ name }) => name);
    return {
      version: version.replace(/ .*/, ''),
      time: Number(time),
      readOnly: readonly,
      pending: ours.filter((name) => !applied.includes(name)),
      unknown: applied.filter((name) => !ours.includes(name)),
    };
  });
}
