import type { Clock } from '../../kernel/clock.ts';
import type { Log } from '../../kernel/log.ts';
import { digest } from '../../kernel/secret.ts';
import { type Database, query } from '../../store/database/database.ts';

/** Keeps the last valid supergraph for later processes. If the store is unavailable, only this copy is lost. */
export interface SupergraphStore {
  load(): Promise<string | null>;
  save(supergraph: string): Promise<void>;
}

/**
 * Keeps the last valid supergraph in the database.
 * @param source everything that the supergraph is made of; a stored copy from another source is not recalled
 */
export function createSupergraphStore(
  database: Pick<Database, 'run'>,
  source: unknown,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): SupergraphStore {
  const key = digest(JSON.stringify(source));
  const tell = (error: unknown) => {
    log.warn({ err: error }, 'cannot store or load the last valid supergraph');
    return [];
  };
  return {
    async load() {
      const rows = await database
        .run((db) =>
          query<{ supergraph: string }>(db, 'select supergraph from last_supergraph where source = ?', [key]),
        )
        .catch(tell);
      return rows[0]?.supergraph ?? null;
    },
    async save(supergraph) {
      // Keeps one row. During an upgrade the newest settings win, and processes with older settings are about to stop.
      const sql = `insert into last_supergraph (source, supergraph, kept_at) values (?, ?, ?)
        on conflict (single) do update set (source, supergraph, kept_at) = (excluded.source, excluded.supergraph, excluded.kept_at)`;
      await database.run((db) => query(db, sql, [key, supergraph, new Date(clock())])).catch(tell);
    },
  };
}
