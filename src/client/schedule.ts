import { timeToRefresh } from './access_token.ts';
import { AuthError } from './auth_error.ts';
import type { Visibility } from './platform.ts';
import type { Session } from './session.ts';

/** Refreshes when it is time, so that no request has to wait for it. */
export interface Schedule {
  /** To be called after every change of the session. */
  plan(): void;
  /** After a refresh that failed: in a while, or when the gateway said. */
  retry(error: unknown): void;
  stop(): void;
}

/** Node's timers alone: a browser's are numbers. */
interface Unreferable {
  unref?(): void;
}

/** After a refresh that failed, unless the gateway says when. */
const AGAIN_MS = 10_000;

/** @param document a page that nobody looks at leaves the refresh to the moment they do, or to its next request */
export function createSchedule(
  session: Session,
  refresh: () => Promise<void>,
  document: Visibility | undefined,
): Schedule {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;

  function planIn(milliseconds: number): void {
    clearTimeout(timer);
    if (stopped) return;
    timer = setTimeout(() => void run(), Math.max(0, milliseconds));
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
    await refresh().catch(retry);
  }

  function retry(error: unknown): void {
    const seconds = error instanceof AuthError ? error.retryAfter : undefined;
    planIn(seconds === undefined ? AGAIN_MS : seconds * 1000);
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
