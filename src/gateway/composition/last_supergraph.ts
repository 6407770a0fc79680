import type { Clock } from '../../kernel/clock.ts';
import type { Log } from '../../kernel/log.ts';
import { digest } from '../../kernel/secret.ts';
import { type Database, query } from '../../store/database/database.ts';

/** The last good supergraph, kept for the processes to come. A store that is away costs that, and nothing else. */
export interface LastSupergraph {
  recall(): Promise<string | null>;
  keep(supergraph: string): Promise<void>;
}

/**
 * One that is kept in the database.
 * @param source whatever it is made of: where that is not the same any more, it is not recalled
 */
export function createLastSupergraph(
  database: Pick<Database, 'run'>,
  source: unknown,
  clock: Clock,
  log: Log,
): LastSupergraph {
  const key = digest(JSON.stringify(source));
  const tell = (error: unknown) => {
    log.warn({ err: error }, 'cannot store or load the last valid supergraph');
    return [];
  };
  return {
    async recall() {
      const rows = await database
        .run((db) =>
          query<{ supergraph: string }>(db, 'select supergraph from last_supergraph where source = ?', [key]),
        )
        .catch(tell);
      return rows[0]?.supergraph ?? null;
    },
    async keep(supergraph) {
      // One row: during an upgrade the newest settings win, and the others are on their way out.
      const sql = `insert into last_supergraph (source, supergraph, kept_at) values (?, ?, ?)
        on conflict (single) do update set (source, supergraph, kept_at) = (excluded.source, excluded.supergraph, excluded.kept_at)`;
      await database.run((db) => query(db, sql, [key, supergraph, new Date(clock())])).catch(tell);
    },
  };
}
