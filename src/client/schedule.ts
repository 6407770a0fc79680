import { timeToRefresh } from './access_token.ts';
import { AuthError } from './auth_error.ts';
import type { Visibility } from './platform.ts';
import type { Session } from './session.ts';

/** Refreshes when it is time, so that no request has to wait for it. */
export interface Schedule {
  /** To be called after every change of the session. */
  plan(): void;
  /** After a refresh that failed: in a while, which grows with each, and not before the gateway said. */
  retry(error: unknown): void;
  stop(): void;
}

/** Node's timers alone: a browser's are numbers. */
interface Unreferable {
  unref?(): void;
}

/** After a refresh that failed; twice as long after each further one, up to `DOUBLINGS` times. */
const AGAIN_MS = 10_000;
const DOUBLINGS = 5;

/** Whatever a server says about times, it is not asked in a loop; what is more than a timer can wait comes at once. */
const SOONEST_MS = 1_000;
const LATEST_MS = 2 ** 31 - 1;

function clamp(milliseconds: number): number {
  return Number.isNaN(milliseconds) ? AGAIN_MS : Math.min(LATEST_MS, Math.max(SOONEST_MS, milliseconds));
}

/** @param document a page that nobody looks at leaves the refresh to the moment they do, or to its next request */
export function createSchedule(
  session: Session,
  refresh: () => Promise<void>,
  document: Visibility | undefined,
): Schedule {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;
  let failures = 0;

  function planIn(milliseconds: number): void {
    clearTimeout(timer);
    if (stopped) return;
    timer = setTimeout(() => void run(), clamp(milliseconds));
    // In Node, a timer must not keep a program alive that has nothing else to do.
    (timer as unknown as Unreferable).unref?.();
  }

  function plan(): void {
    if (session.signed) planIn(timeToRefresh(session.signed.access));
    else if (session.state === 'unknown') planIn(0);
    else clearTimeout(timer);
  }

  async function run(): Promise<void> {
    if (document?.visibilityState === 'hidden') return;
    // The timer may have been too short for a token that lives for months.
    if (session.signed && timeToRefresh(session.signed.access) > SOONEST_MS) return plan();
    try {
      await refresh();
      failures = 0;
    } catch (error) {
      retry(error);
    }
  }

  function retry(error: unknown): void {
    // A sign-out that could not be sent is no reason to look for a session.
    if (session.state === 'signed-out') return;
    const longest = AGAIN_MS * 2 ** Math.min(failures++, DOUBLINGS);
    // Pages that a server lost together do not come back together.
    const usual = longest * (1 - Math.random() / 2);
    const seconds = error instanceof AuthError ? (error.retryAfter ?? 0) : 0;
    planIn(Math.max(usual, seconds * 1000));
  }

  const seen = () => {
    if (document?.visibilityState === 'visible') plan();
  };
  document?.addEventListener('visibilitychange', seen);
  return {
    plan,
    retry,
    stop() {
      stopped = true;
      clearTimeout(timer);
      document?.removeEventListener('visibilitychange', seen);
    },
  };
}
