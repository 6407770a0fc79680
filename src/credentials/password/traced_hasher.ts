import type { Tracing } from '../../kernel/tracing.ts';
import type { Hasher } from './hasher.ts';

/** The same hasher; each hash is a step of the request that waits for it, with its wait in the queue. */
export function tracedHasher(hasher: Hasher, tracing: Tracing): Hasher {
  return {
    ...hasher,
    hash: (password, turn) => tracing.step('password hash', {}, () => hasher.hash(password, turn)),
    verify: (password, stored, turn) =>
      tracing.step('password verify', {}, () => hasher.verify(password, stored, turn)),
  };
}
