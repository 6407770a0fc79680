import { purgeEvents } from '../../audit/purge.ts';
import { purgeMails } from '../../mail/purge.ts';
import { purgeProofs } from '../../proofs/purge.ts';
import type { Walk } from '../../sessions/purge.ts';
import { inBatches, inBatchesByWalking } from '../../store/database/batch.ts';
import type { Db } from '../../store/database/database.ts';
import { purgeRevocations } from '../../tokens/purge.ts';
import type { Services } from './services.ts';
import type { SigningKeys } from './signing_keys.ts';

/** A periodic job, run by one replica. */
export interface MaintenanceJob {
  readonly name: string;
  readonly everySeconds: number;
  run(stopping: AbortSignal): Promise<void>;
}

const HOURLY = 3600;
const DAY_MS = 86_400_000;

/**
 * Creates the jobs that remove obsolete rows, in batches. They skip locked rows, such as a session during a refresh, so
 * that purging and signing in never block each other.
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
      await inBatchesByWalking(database, stopping, {
        search: search(now),
        batch: (db, ids) => batch(db, ids, now),
      });
    },
  });
  const { over, idle, successors } = sessions.purge;
  return [
    purging('purge-sessions', over),
    ...(idle ? [walking('purge-idle-sessions', idle)] : []),
    walking('wipe-successors', successors),
    purging('purge-proofs', purgeProofs),
    purging('purge-revocations', purgeRevocations),
    purging('purge-mails', purgeMails),
    purging('purge-audit-events', (db, now) => purgeEvents(db, new Date(now.getTime() - retentionDays * DAY_MS))),
  ];
}

/** Creates the jobs of the signing keys. @param days the age at which a key is rotated; 0 disables the rotation */
export function createKeyMaintenance(keys: Pick<SigningKeys, 'rotateAfter' | 'clean'>, days: number): MaintenanceJob[] {
  return [
    ...(days > 0 ? [{ name: 'rotate-keys', everySeconds: HOURLY, run: () => keys.rotateAfter(days) }] : []),
    { name: 'clean-keys', everySeconds: HOURLY, run: () => keys.clean() },
  ];
}
