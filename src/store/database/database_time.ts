import type { Clock } from '../../kernel/clock.ts';
import { query, type Db } from './database.ts';

/** PostgreSQL's clock: the one clock that all replicas share. */
export interface DatabaseTime {
  /** The time as a part of a statement, with the values of its placeholders. */
  expression(): { readonly sql: string; readonly values: readonly unknown[] };
  /** Reads the time. */
  now(db: Db): Promise<Date>;
}

/** @param standIn a clock that takes the place of PostgreSQL's, so that tests can move it */
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
