import type { Clock } from '../../kernel/clock.ts';
import { query, type Db } from './database.ts';

/** PostgreSQL's clock, which all replicas share. */
export interface DatabaseTime {
  /** Returns the time as an SQL expression, with the values of its placeholders. */
  expression(): { readonly sql: string; readonly values: readonly unknown[] };
  /** Reads the time. */
  now(db: Db): Promise<Date>;
}

/**
 * Creates the database's time.
 * @param standIn a clock that replaces PostgreSQL's, so that tests can move it
 */
export function createDatabaseTime(standIn?: Clock): DatabaseTime {
  const expression = () =>
    standIn ? { sql: '?::timestamptz', values: [new Date(standIn())] } : { sql: 'clock_timestamp()', values: [] };
  return {
    expression,
    async now(db) {
      const { sql, values } = expression();
      const [row] = await query<{ now: string | Date }>(db, `select ${sql} as now`, values);
      return new Date(row!.now);
    },
  };
}
