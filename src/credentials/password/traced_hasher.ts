import type { Tracing } from '../../kernel/tracing.ts';
import type { Hasher } from './hasher.ts';

/** Returns a hasher that records each hash, with its wait in the queue, as a step of its request. */
export function tracedHasher(hasher: Hasher, tracing: Tracing): Hasher {
  return {
    ...hasher,
    hash: (password, turn) => tracing.step('password hash', {}, () => hasher.hash(password, turn)),
    verify: (password, stored, turn) =>
      tracing.step('password verify', {}, () => hasher.verify(password, stored, turn)),
  };
}
