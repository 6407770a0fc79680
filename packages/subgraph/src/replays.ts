import { IdentityError } from './errors.ts';

/** Notes that an identity was used. Throws REPLAYED, EXPIRED and REPLAY_CACHE_FULL; times in seconds since the epoch. */
export type NoteUse = (jti: string, until: number, now: number) => void;

/**
 * The identities used and not over yet, each until it is, at most `max` at a time. Where that many are alive the next
 * one is refused: to forget one of them would be to let it in again.
 */
export function createReplays(max: number): NoteUse {
  /** By when they are over, so that those of one second leave together. */
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
    // Of these nothing is known any more, and a clock that is set back must not bring them to life.
    if (until <= forgottenUntil) throw new IdentityError('EXPIRED');
    const ids = used.get(until);
    if (ids?.has(jti)) throw new IdentityError('REPLAYED');
    if (size >= max) throw new IdentityError('REPLAY_CACHE_FULL');
    if (ids) ids.add(jti);
    else used.set(until, new Set([jti]));
    size += 1;
  };
}
