import type { HashingStatus } from '../credentials/password/hasher.ts';
import type { Check, HealthStatus } from '../http/routes/health.ts';
import type { KeysStatus } from '../keys/keys.ts';

/**
 * The states of hashing. Threat: a flood fills the queues of all replicas alike. If a full queue took a replica out of
 * service, its sender could take the whole service down. A hashing process that ended concerns one replica, and is
 * replaced within a moment.
 */
const HASHING: Readonly<Record<HashingStatus, HealthStatus>> = {
  ready: { state: 'ok' },
  full: { state: 'stale', reason: 'the queue is full' },
  away: { state: 'unavailable', reason: 'the hashing process is being replaced' },
};

const KEYS: Readonly<Record<KeysStatus, HealthStatus>> = {
  current: { state: 'ok' },
  kept: { state: 'stale', reason: 'another replica signs with another algorithm' },
  // A retired key, for instance a leaked one, may still be accepted here.
  old: { state: 'unavailable', reason: 'not read recently' },
};

/** Returns the check of hashing for `/health/ready`. A full queue does not take a replica out of service. */
export function hashingCheck(hasher: { status(): Promise<HashingStatus> }): Check {
  return async () => HASHING[await hasher.status()];
}

/** Returns the check of the signing keys for `/health/ready`: whether they are read as they are stored. */
export function keysCheck(keys: { status(): KeysStatus }): Check {
  return async () => KEYS[keys.status()];
}
