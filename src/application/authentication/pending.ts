import type { Authentication } from './authentication.ts';

/** An authentication that waits for its next step, as JSON. Its keeper seals it: it is not signed by itself. */
export interface PendingAuthentication extends Omit<Authentication, 'at'> {
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Returns an authentication in the form in which it is kept between two requests. */
export function suspend(authentication: Authentication): PendingAuthentication {
  const { userId, username, epoch, methods, at } = authentication;
  return { userId, username, epoch, methods, at: at.getTime() };
}

/** Returns an authentication that was kept, for the step that continues it. */
export function resume(pending: PendingAuthentication): Authentication {
  return { ...pending, at: new Date(pending.at) };
}

/** Tells whether JSON is a pending authentication. A form that an earlier release wrote may hold something else. */
export function isPending(value: unknown): value is PendingAuthentication {
  return typeof value === 'object' && value !== null && 'userId' in value && 'methods' in value && 'at' in value;
}
