import { type UserActor, userActor } from '../../kernel/actor.ts';
import { badCredentials, Refusal } from '../../kernel/errors.ts';
import { LONGEST_TOKEN } from '../../kernel/token_limits.ts';
import type { LiveUser } from '../../users/live_users.ts';
import type { Services } from '../foundation/services.ts';
import { effectiveScopes, isNarrowed, parseScope } from '../foundation/scopes.ts';
import { tokenStateOf } from './token_state.ts';

/** Who stands behind an access token, as the stores know them now: role and state are never believed from the token. */
export interface Principal {
  readonly user: LiveUser;
  readonly sid: string;
  /** The role that the account had when the token was issued. */
  readonly tokenRole: string | undefined;
  /** The registered client the token was given to; null for a first-party sign-in. */
  readonly clientId: string | null;
  /** What the token may do now: see `effectiveScopes`. */
  readonly scopes: readonly string[];
  /** Whether less was asked for than all that the role has: see `isNarrowed`. */
  readonly narrowed: boolean;
  readonly jti: string;
  /** When the token expires, in seconds since the epoch. */
  readonly expiresAt: number;
}

/** A registered client under its own name (RFC 6749 section 4.4): no person stands behind it, so no role either. */
export interface Machine {
  readonly user: null;
  /** `client:<id>`. */
  readonly sub: string;
  readonly clientId: string | null;
  readonly scopes: readonly string[];
}

export type Caller = Principal | Machine;

/**
 * The caller behind a request's `Authorization` headers, in one round trip to the key-value store.
 * Throws CREDENTIALS with its reason, or SERVICE_UNAVAILABLE where a store is away: never one for the other.
 * @param authorization every `Authorization` header of the request, as sent
 */
export type Authenticate = (authorization: readonly string[]) => Promise<Caller>;

/** The person who calls. Throws FORBIDDEN for a program: what it would read and change is an account's. */
export function personOf(caller: Caller): Principal {
  if (caller.user === null) throw new Refusal('FORBIDDEN');
  return caller;
}

/** Returns the actor that a principal is, with the scopes of the access token. */
export function actorOf({ user, scopes }: Pick<Principal, 'user' | 'scopes'>): UserActor {
  return userActor(user, scopes);
}

/** RFC 6750 section 2.1: the scheme in any case, one token. */
const BEARER = /^bearer +([A-Za-z0-9._~+/-]+=*) *$/i;

export function createAuthenticate(services: Services): Authenticate {
  const { accessTokens, settings } = services;
  return async (authorization) => {
    const claims = await accessTokens.verify(bearerToken(authorization));
    const { denied, user } = await tokenStateOf(claims, services);
    if (denied) throw badCredentials('REVOKED');
    const clientId = claims.clientId ?? null;
    if (claims.sid === undefined) {
      return { user: null, sub: claims.sub, clientId, scopes: parseScope(claims.scope ?? '') };
    }
    if (!user) throw badCredentials('INVALID');
    return {
      user,
      sid: claims.sid,
      tokenRole: claims.role,
      clientId,
      scopes: effectiveScopes(settings.roles, claims, user.role),
      narrowed: isNarrowed(settings.roles, claims),
      jti: claims.jti,
      expiresAt: claims.exp,
    };
  };
}

function bearerToken(authorization: readonly string[]): string {
  const [header, ...more] = authorization;
  if (header === undefined) throw badCredentials('MISSING');
  // A proxy and we might each believe another one of two: neither is believed.
  if (more.length > 0) throw badCredentials('INVALID');
  const token = BEARER.exec(header)?.[1];
  if (token === undefined || token.length > LONGEST_TOKEN) throw badCredentials('INVALID');
  return token;
}
