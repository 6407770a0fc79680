import type { HashingStanding } from '../credentials/password/hasher.ts';
import type { Check, HealthStatus } from '../http/routes/health.ts';
import type { KeysStanding } from '../keys/keys.ts';

/**
 * A full queue is a flood, which meets all replicas alike: were it a reason to take them out, whoever sends it would have
 * the whole service down. A process that hashes and has ended is one replica's, and is there again within a moment.
 */
const HASHING: Readonly<Record<HashingStanding, HealthStatus>> = {
  ready: { state: 'ok' },
  full: { state: 'stale', reason: 'the queue is full' },
  away: { state: 'unavailable', reason: 'the hashing process is being replaced' },
};

const KEYS: Readonly<Record<KeysStanding, HealthStatus>> = {
  current: { state: 'ok' },
  kept: { state: 'stale', reason: 'another replica signs with another algorithm' },
  // A key that was taken out of use, because it leaked say, may count here still.
  old: { state: 'unavailable', reason: 'not read recently' },
};

/** Whether passwords can be hashed, for `/health/ready`; a full queue is no reason to take a replica out. */
export function hashingCheck(hasher: { standing(): Promise<HashingStanding> }): Check {
  return async () => HASHING[await hasher.standing()];
}

/** Whether the signing keys are known as they are stored, for `/health/ready`. */
export function keysCheck(keys: { standing(): KeysStanding }): Check {
  return async () => KEYS[keys.standing()];
}
