/** An access token with its age by the clocks of this machine. The gateway's clock may differ. */
export interface AccessToken {
  readonly text: string;
  /** The id of its session. */
  readonly session: string;
  readonly user: { readonly username: string; readonly role: string };
  /** The lifetime in milliseconds. */
  readonly lifetimeMs: number;
  /** The time of the request for it, by the wall clock: milliseconds since the epoch. */
  readonly since: number;
  /** The same time by the monotonic clock. */
  readonly sinceSteady: number;
}

/** The remaining lifetime at which a token is refreshed; a tenth of the lifetime for short ones. */
const MARGIN_MS = 60_000;

/**
 * Reads a token without verifying it, which only servers do.
 * @param lifetimeMs the lifetime in milliseconds
 * @param since the time of the request for it, by the wall clock of this machine
 * @throws TypeError for text that is not a token of the gateway
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
 * Returns the milliseconds until a token expires. It uses the clock by which less time is left: the monotonic clock may
 * stop while a laptop sleeps, the wall clock may be set back.
 */
export function timeLeft({ lifetimeMs, since, sinceSteady }: AccessToken): number {
  return lifetimeMs - Math.max(Date.now() - since, performance.now() - sinceSteady);
}

/** Returns the milliseconds until a token should be refreshed; zero or less if it is due. */
export function timeToRefresh(token: AccessToken): number {
  return timeLeft(token) - Math.min(MARGIN_MS, token.lifetimeMs / 10);
}

/** Returns whether a token has a later or a stronger authentication than another one, both unverified. */
export function isNewerAuthentication(text: string, than: string): boolean {
  const [one, other] = [claimsOf(text), claimsOf(than)];
  return Number(one['auth_time']) > Number(other['auth_time']) || String(one['acr']) > String(other['acr']);
}

/** Returns the subject of a token, unverified. */
export function usernameOf(text: string): unknown {
  return claimsOf(text)['sub'];
}

function claimsOf(text: string): Record<string, unknown> {
  const payload = text.split('.')[1] ?? '';
  const binary = atob(payload.replaceAll('-', '+').replaceAll('_', '/'));
  const json = new TextDecoder().decode(Uint8Array.from(binary, (character) => character.charCodeAt(0)));
  return JSON.parse(json) as Record<string, unknown>;
}
