import { type Database, query } from './database.ts';
import { migrations } from './migrations/list.ts';

export interface DatabaseState {
  /** The version of PostgreSQL, such as `17.5`. */
  readonly version: string;
  /** PostgreSQL's time, in milliseconds since the epoch. */
  readonly time: number;
  /** True for a replica, or a primary that was demoted or made read-only. */
  readonly readOnly: boolean;
  /** The names of migrations that are not applied yet. */
  readonly pending: readonly string[];
  /** The names of applied migrations that this release does not know: those of a newer release. */
  readonly unknown: readonly string[];
}

/**
 * Returns the state of a database without changing it.
 * @throws Refusal SERVICE_UNAVAILABLE
 */
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
