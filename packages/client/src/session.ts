import { type AccessToken, timeLeft } from './access_token.ts';
import type { AuthChangeReason, AuthEvents, AuthState } from './auth_client.ts';

/** A session as the tabs of a browser tell each other of it. */
export interface Signed {
  readonly access: AccessToken;
  /** Which of two tellings is the later: milliseconds, and never the same twice. */
  readonly at: number;
}

/** Who is signed in here. Everything about it changes in this one place, and is told to the listeners from it. */
export interface ClientSession {
  readonly state: AuthState;
  readonly signed: Signed | undefined;
  /** Another number after each sign-in and sign-out: what was begun before it is of no use any more. */
  readonly epoch: number;
  /** A token of our own asking; undefined where its session has ended meanwhile. */
  take(access: AccessToken, reason: AuthChangeReason): Signed | undefined;
  /** What another tab tells: whether it was news. */
  hear(signed: Signed): boolean;
  /** Forgets who is signed in. A session that has ended does not come back, whatever arrives late. */
  end(reason: AuthChangeReason): End;
  hearEnd(end: End): void;
  /** Whether a session is known to be over. */
  hasEnded(session: string): boolean;
}

export interface End {
  /** Undefined: whichever there was at the time. */
  readonly session: string | undefined;
  readonly at: number;
}

type Emit = <Event extends keyof AuthEvents>(event: Event, detail: AuthEvents[Event]) => void;

/**
 * The one place where a client keeps who is signed in.
 * @param initial `unknown` where a cookie may carry a session from before
 * @param emit tells the listeners, at once and in order
 */
export function createSession(initial: AuthState, emit: Emit): ClientSession {
  let state = initial;
  let signed: Signed | undefined;
  let epoch = 0;
  let at = 0;
  const ended = new Set<string>();

  /** Clocks are set back; what comes later must say so all the same. */
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
