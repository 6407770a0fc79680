import { IdentityError } from './errors.ts';

/**
 * Notes that an identity was used.
 * @param until the end of its life, in seconds since the epoch
 * @param now the current time, in seconds since the epoch
 * @throws IdentityError REPLAYED, EXPIRED or REPLAY_CACHE_FULL
 */
export type NoteUse = (jti: string, until: number, now: number) => void;

/**
 * Creates a cache of used identities, at most `max` at a time. Each stays until it expires. A full cache refuses the
 * next identity. Threat: a forgotten identity could be replayed.
 */
export function createReplays(max: number): NoteUse {
  /** The used ids by their expiry, so that the ids of one second are removed together. */
  const used = new Map<number, Set<string>>();
  let size = 0;
  let forgottenUntil = 0;

  function forget(now: number): void {
    if (now <= forgottenUntil) return;
    forgottenUntil = now;
    for (const [until, ids] of used) {
      if (until > now) continue;
      used.delete(until);
      size -= ids.size;
    }
  }

  return (jti, until, now) => {
    forget(now);
    // Threat: these are forgotten, and a clock that is set back must not make them valid again.
    if (until <= forgottenUntil) throw new IdentityError('EXPIRED');
    const ids = used.get(until);
    if (ids?.has(jti)) throw new IdentityError('REPLAYED');
    if (size >= max) throw new IdentityError('REPLAY_CACHE_FULL');
    if (ids) ids.add(jti);
    else used.set(until, new Set([jti]));
    size += 1;
  };
}
