import { timeToRefresh } from './access_token.ts';
import { AuthError } from './auth_error.ts';
import { unref } from './deadline.ts';
import type { Visibility } from './platform.ts';
import type { ClientSession } from './session.ts';

/** Refreshes the token in time, so that no request waits for it, and retries after failures. */
export interface Schedule {
  /** Plans the next refresh. Call it after every change of the session. */
  plan(): void;
  /** Plans a retry after an error. The delay grows with each failure, and is at least `retryAfter` of the gateway. */
  retry(error: unknown): void;
  open(): void;
  close(): void;
}

/** The work to schedule. */
export interface Work {
  readonly session: ClientSession;
  /** Returns whether a sign-out is owed to the gateway. */
  isOwed(): boolean;
  /** Sends an owed sign-out, and restores a session if there is one. */
  restore(): Promise<void>;
  refresh(): Promise<void>;
}

/** The events of the platform that start work. */
interface Signals {
  /** Shows whether a page is visible. A hidden page refreshes when it becomes visible, or at its next request. */
  readonly document?: Visibility;
  addEventListener?(type: 'online', listener: () => void): void;
  removeEventListener?(type: 'online', listener: () => void): void;
}

/** Milliseconds until the retry after a failure. They double with each further failure, up to `DOUBLINGS` times. */
const AGAIN_MS = 10_000;
const DOUBLINGS = 5;

/**
 * The shortest and the longest delay. Threat: wrong times of a server must not cause a loop, and a timer over its
 * maximum fires at once.
 */
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
    // The longest timer is shorter than the lifetime of a token that lives for months.
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
    // Random, so that pages that lost a server together do not return together.
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
