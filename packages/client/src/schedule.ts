import { timeToRefresh } from './access_token.ts';
import { AuthError } from './auth_error.ts';
import { unref } from './deadline.ts';
import type { Visibility } from './platform.ts';
import type { ClientSession } from './session.ts';

/** Refreshes when it is time, so that no request has to wait for it, and tries again what failed. */
export interface Schedule {
  /** To be called after every change of the session. */
  plan(): void;
  /** After work that failed: in a while, which grows with each, and not before the gateway said. */
  retry(error: unknown): void;
  open(): void;
  close(): void;
}

/** What there is to do. */
export interface Work {
  readonly session: ClientSession;
  /** Whether a sign-out has still to be told to the gateway. */
  isOwed(): boolean;
  /** Sends a sign-out that is owed, and restores a session that may be there. */
  restore(): Promise<void>;
  refresh(): Promise<void>;
}

/** As much of a platform as tells when to work. */
interface Signals {
  /** A page that nobody looks at leaves the refresh to the moment they do, or to its next request. */
  readonly document?: Visibility;
  addEventListener?(type: 'online', listener: () => void): void;
  removeEventListener?(type: 'online', listener: () => void): void;
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

export function createSchedule(work: Work, signals: Signals): Schedule {
  const { session, isOwed, restore, refresh } = work;
  const { document } = signals;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isOpen = false;
  let failures = 0;
  const isRestoring = () => session.state === 'unknown' || isOwed();

  function planIn(milliseconds: number): void {
    clearTimeout(timer);
    if (!isOpen) return;
    timer = setTimeout(() => void run(), clamp(milliseconds));
    unref(timer);
  }

  function plan(): void {
    if (isRestoring()) planIn(0);
    else if (session.signed) planIn(timeToRefresh(session.signed.access));
    else clearTimeout(timer);
  }

  async function run(): Promise<void> {
    if (document?.visibilityState === 'hidden') return;
    // The timer may have been too short for a token that lives for months.
    if (!isRestoring() && session.signed && timeToRefresh(session.signed.access) > SOONEST_MS) return plan();
    try {
      await (isRestoring() ? restore() : refresh());
      failures = 0;
    } catch (error) {
      retry(error);
    }
  }

  function retry(error: unknown): void {
    if (session.state === 'signed-out' && !isOwed()) return;
    const longest = AGAIN_MS * 2 ** Math.min(failures++, DOUBLINGS);
    // Pages that a server lost together do not come back together.
    const usual = longest * (1 - Math.random() / 2);
    const seconds = error instanceof AuthError ? (error.retryAfter ?? 0) : 0;
    planIn(Math.max(usual, seconds * 1000));
  }

  const seen = () => {
    if (document?.visibilityState === 'visible') plan();
  };
  const online = () => {
    if (failures > 0) void run();
  };
  return {
    plan,
    retry,
    open() {
      if (isOpen) return;
      isOpen = true;
      document?.addEventListener('visibilitychange', seen);
      signals.addEventListener?.('online', online);
    },
    close() {
      isOpen = false;
      clearTimeout(timer);
      document?.removeEventListener('visibilitychange', seen);
      signals.removeEventListener?.('online', online);
    },
  };
}
