/** An access token, and how old it is by this program's own clocks: the gateway's may be another time. */
export interface AccessToken {
  readonly text: string;
  /** The session it is of. */
  readonly session: string;
  readonly user: { readonly username: string; readonly role: string };
  /** How long it lives. */
  readonly lifetimeMs: number;
  /** When it was asked for, by the wall clock. */
  readonly since: number;
  /** The same by the clock that nobody sets. */
  readonly sinceSteady: number;
}

/** So much of its life is left where a token is changed for another; of short lives a tenth. */
const MARGIN_MS = 60_000;

/**
 * Reads a token without checking it, which only the gateway can.
 * @param since when it was asked for, by the wall clock of this machine
 * Throws a TypeError for what is no token of the gateway's.
 */
export function readAccessToken(text: string, lifetimeMs: number, since: number): AccessToken {
  const { sub, role, sid } = claimsOf(text);
  if (typeof sub !== 'string' || typeof role !== 'string' || typeof sid !== 'string') {
    throw new TypeError('The access token is not of a person');
  }
  if (!Number.isFinite(lifetimeMs) || lifetimeMs <= 0 || !Number.isFinite(since)) {
    throw new TypeError('The access token has no life');
  }
  const age = Math.max(0, Date.now() - since);
  const sinceSteady = performance.now() - age;
  return { text, session: sid, user: { username: sub, role }, lifetimeMs, since, sinceSteady };
}

/**
 * The milliseconds that are left of its life. Of the two clocks the one that says less counts: one stands still while a
 * laptop sleeps, the other may be set back.
 */
export function timeLeft({ lifetimeMs, since, sinceSteady }: AccessToken): number {
  return lifetimeMs - Math.max(Date.now() - since, performance.now() - sinceSteady);
}

/** The milliseconds until it should be changed for another: zero or less where it is time. */
export function timeToRefresh(token: AccessToken): number {
  return timeLeft(token) - Math.min(MARGIN_MS, token.lifetimeMs / 10);
}

/** Who a token says it is of. */
export function usernameOf(text: string): unknown {
  return claimsOf(text)['sub'];
}

function claimsOf(text: string): Record<string, unknown> {
  const payload = text.split('.')[1] ?? '';
  const binary = atob(payload.replaceAll('-', '+').replaceAll('_', '/'));
  const json = new TextDecoder().decode(Uint8Array.from(binary, (character) => character.charCodeAt(0)));
  return JSON.parse(json) as Record<string, unknown>;
}
