import type { HashingStanding } from './passwords/hasher.ts';
import type { Check, Standing } from './http/health.ts';

/**
 * A full queue is a flood, which meets all replicas alike: were it a reason to take them out, whoever sends it would have
 * the whole service down. A process that hashes and has ended is one replica's, and is there again within a moment.
 */
const HASHING: Readonly<Record<HashingStanding, Standing>> = {
  ready: { state: 'ok' },
  full: { state: 'stale', reason: 'the queue is full' },
  away: { state: 'unavailable', reason: 'what hashes is being replaced' },
};

const KEYS: Readonly<Record<'current' | 'kept' | 'old', Standing>> = {
  current: { state: 'ok' },
  kept: { state: 'stale', reason: 'another algorithm signs elsewhere' },
  // A key that was taken out of use, because it leaked say, may count here still.
  old: { state: 'unavailable', reason: 'not read for a while' },
};

export function hashingCheck(hasher: { standing(): Promise<HashingStanding> }): Check {
  return async () => HASHING[await hasher.standing()];
}

export function keysCheck(keys: { standing(): 'current' | 'kept' | 'old' }): Check {
  return async () => KEYS[keys.standing()];
}
