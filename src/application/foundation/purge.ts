import { purgeEvents } from '../../audit/purge.ts';
import type { Walk } from '../../sessions/purge.ts';
import { inBatches, inBatchesByWalking } from '../../store/database/batch.ts';
import type { Db } from '../../store/database/database.ts';
import { purgeRevocations } from '../../tokens/purge.ts';
import type { Services } from './services.ts';
import type { SigningKeys } from './signing_keys.ts';

/** A part of the cleaning, done now and then by one replica. */
export interface MaintenanceJob {
  readonly name: string;
  readonly everySeconds: number;
  run(stopping: AbortSignal): Promise<void>;
}

const HOURLY = 3600;
const DAY_MS = 86_400_000;

/**
 * What removes rows that nothing needs any more, in batches that wait for nobody: a session that is being refreshed is
 * left alone, so cleaning and signing in never hold each other up.
 */
export function createPurge(
  { database, sessions, clock }: Pick<Services, 'database' | 'sessions' | 'clock'>,
  { retentionDays }: { readonly retentionDays: number },
): MaintenanceJob[] {
  const purging = (name: string, batch: (db: Db, now: Date) => Promise<number>): MaintenanceJob => ({
    name,
    everySeconds: HOURLY,
    run: (stopping) => inBatches(database, stopping, (db) => batch(db, new Date(clock()))),
  });
  const walking = (name: string, { search, batch }: Walk): MaintenanceJob => ({
    name,
    everySeconds: HOURLY,
    async run(stopping) {
      const now = new Date(clock());
      await inBatchesByWalking(database, stopping, search(now), (db, ids) => batch(db, ids, now));
    },
  });
  const { over, idle, successors } = sessions.purge;
  return [
    // With their authorization codes: each expires with its session.
    purging('purge-sessions', over),
    ...(idle ? [walking('purge-idle-sessions', idle)] : []),
    walking('wipe-successors', successors),
    purging('purge-revocations', purgeRevocations),
    purging('purge-audit-events', (db, now) => purgeEvents(db, new Date(now.getTime() - retentionDays * DAY_MS))),
  ];
}

/** What happens to the signing keys by itself. @param days how long one signs; 0: until somebody rotates it */
export function createKeyMaintenance(keys: Pick<SigningKeys, 'rotateAfter' | 'clean'>, days: number): MaintenanceJob[] {
  return [
    ...(days > 0 ? [{ name: 'rotate-keys', everySeconds: HOURLY, run: () => keys.rotateAfter(days) }] : []),
    { name: 'clean-keys', everySeconds: HOURLY, run: () => keys.clean() },
  ];
}
