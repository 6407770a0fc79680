import { setTimeout as sleep } from 'node:timers/promises';
import type { MikroORM, Transaction } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { Migrator } from '@mikro-orm/migrations';
import { isOutage } from './outage.ts';
import { sayEvery } from '../say_every.ts';

/** Milliseconds between two tries for the lock. */
const POLL_MS = 250;
/** Milliseconds to wait for another replica's migrations. */
const MIGRATION_PATIENCE_MS = 300_000;
/** Milliseconds that a migration waits for a table in use. Requests queue behind it meanwhile. */
const LOCK_MS = 60_000;

export interface MigrationOptions {
  /** Called every few seconds with the reason of the wait. */
  readonly onNotice: (words: string) => void;
  /** Closes the connection of {@link runMigrations} at any point. */
  readonly giveUp: (reason: Error) => void;
  /** Aborted when the start is interrupted. */
  readonly signal: AbortSignal;
  readonly patience?: number | undefined;
}

/** Creates its tracking table in the transaction too: `init` would open a second connection for it. */
class OneConnectionMigrator extends Migrator {
  override async init(): Promise<void> {}
}

/**
 * Runs the pending migrations on the connection that holds the lock: behind a pooler, a second connection may never
 * come. Replicas that start together poll for the lock. If they waited in the database, each would occupy one of the
 * pooler's connections.
 * @returns the names of the migrations that ran
 * @throws Error for an operator after `patience` milliseconds
 */
export async function runMigrations(
  orm: MikroORM,
  { onNotice, giveUp, signal, patience = MIGRATION_PATIENCE_MS }: MigrationOptions,
): Promise<string[]> {
  const began = performance.now();
  let locked = false;
  const stop = sayEvery((seconds) => {
    onNotice(`${locked ? 'migrating the database' : 'waiting for the migration lock'}, for ${seconds} s`);
  });
  const late = new Error(
    `DATABASE_URL: no migration lock within ${Math.round(patience / 1000)} s. Another process holds it, or a pooler ` +
      'gave no connection. pg_locks and pg_stat_activity show the process',
  );
  const end = setTimeout(() => giveUp(late), patience);
  try {
    for (;;) {
      try {
        const run = await orm.em.fork().transactional(async (db) => {
          const ask = async (sql: string) =>
            (await db.getConnection().execute(sql, [], 'all', db.getTransactionContext())) as { locked: boolean }[];
          locked = (await ask(TRY_LOCK))[0]!.locked;
          if (!locked) return undefined;
          clearTimeout(end);
          await ask(LIMITS_OF_A_MIGRATION);
          return new OneConnectionMigrator(orm.em as SqlEntityManager).up({
            transaction: db.getTransactionContext<Transaction<object>>()!,
          });
        });
        if (run) return run.map(({ name }) => name);
      } catch (error) {
        if (locked || signal.aborted || !isOutage(error)) throw error;
      }
      if (performance.now() - began >= patience) throw late;
      await sleep(POLL_MS, undefined, { signal });
    }
  } finally {
    stop();
    clearTimeout(end);
  }
}

/** The lock of `lockAcrossReplicas`, which earlier releases use. */
const TRY_LOCK = "select pg_try_advisory_xact_lock(hashtext('gatehouse:migrations')) as locked";

/** A migration has no time limit, even if the role sets one. */
const LIMITS_OF_A_MIGRATION = `select set_config('statement_timeout', '0', true),
  set_config('idle_in_transaction_session_timeout', '0', true), set_config('lock_timeout', '${LOCK_MS}', true)`;
