import { type AccessToken, timeLeft } from './access_token.ts';
import type { AuthChangeReason, AuthEvents, AuthState } from './auth_client.ts';

/** A session as tabs send it to each other. */
export interface Signed {
  readonly access: AccessToken;
  /** The time of the message in milliseconds, unique and increasing, to decide which of two messages is later. */
  readonly at: number;
}

/** The state of the sign-in. It changes only here, and listeners receive each change. */
export interface ClientSession {
  readonly state: AuthState;
  readonly signed: Signed | undefined;
  /** A number that changes with each sign-in and sign-out. The result of work from an earlier epoch is dropped. */
  readonly epoch: number;
  /** Takes a token that this tab requested. @returns undefined if its session has ended meanwhile */
  take(access: AccessToken, reason: AuthChangeReason): Signed | undefined;
  /** Takes a token from another tab. @returns whether it was later than the current one */
  hear(signed: Signed): boolean;
  /** Forgets the user. An ended session does not return, even if a late message has its token. */
  end(reason: AuthChangeReason): End;
  hearEnd(end: End): void;
  /** Returns whether a session is known to have ended. */
  hasEnded(session: string): boolean;
}

export interface End {
  /** Undefined for any session at that time. */
  readonly session: string | undefined;
  readonly at: number;
}

type Emit = <Event extends keyof AuthEvents>(event: Event, detail: AuthEvents[Event]) => void;

/**
 * Creates the session of a client.
 * @param initial `unknown` if a cookie or a storage may hold an earlier session
 * @param emit calls the listeners, synchronously and in order
 */
export function createSession(initial: AuthState, emit: Emit): ClientSession {
  let state = initial;
  let signed: Signed | undefined;
  let epoch = 0;
  let at = 0;
  const ended = new Set<string>();

  /** Returns a time later than all before, even if the clock was set back. */
  const later = () => Math.max(Date.now(), at + 1);

  function become(next: Signed, reason: AuthChangeReason): void {
    const before = signed;
    signed = next;
    at = next.at;
    if (before?.access.session === next.access.session) {
      if (before.access.user.role !== next.access.user.role) return emit('change', { state, reason: 'role' });
      emit('refresh', { expiresAt: new Date(Date.now() + timeLeft(next.access)) });
      return;
    }
    epoch++;
    state = 'signed-in';
    emit('change', { state, reason });
  }

  function forget(reason: AuthChangeReason): void {
    const was = state;
    signed = undefined;
    epoch++;
    state = 'signed-out';
    if (was !== state) emit('change', { state, reason });
  }

  return {
    get state() {
      return state;
    },
    get signed() {
      return signed;
    },
    get epoch() {
      return epoch;
    },
    take(access, reason) {
      if (ended.has(access.session)) return undefined;
      const next = { access, at: later() };
      become(next, reason);
      return next;
    },
    hear(next) {
      if (next.at <= at || ended.has(next.access.session)) return false;
      become(next, state === 'unknown' ? 'restored' : 'elsewhere');
      return true;
    },
    end(reason) {
      const over = signed?.access.session;
      if (over !== undefined) ended.add(over);
      at = later();
      forget(reason);
      return { session: over, at };
    },
    hearEnd({ session: over, at: then }) {
      if (over !== undefined) ended.add(over);
      const ours = over === undefined ? at <= then : signed?.access.session === over;
      at = Math.max(at, then);
      if (ours) forget('elsewhere');
    },
    hasEnded: (one) => ended.has(one),
  };
}
