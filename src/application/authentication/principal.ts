import { type UserActor, userActor } from '../../kernel/actor.ts';
import { badCredentials, Refusal } from '../../kernel/errors.ts';
import { LONGEST_TOKEN } from '../../kernel/token_limits.ts';
import type { LiveUser } from '../../users/live_users.ts';
import type { Services } from '../foundation/services.ts';
import { effectiveScopes, isNarrowed, parseScope } from '../foundation/scopes.ts';
import { acrOf, type Assurance } from '../../tokens/assurance.ts';
import { mustEnrol } from './factors.ts';
import { isFresh } from './freshness.ts';
import { tokenStateOf } from './token_state.ts';

/** The user of an access token, as the stores have it now. Threat: role and state in the token may be outdated. */
export interface Principal {
  readonly user: LiveUser;
  readonly sid: string;
  /** The role that the account had when the token was issued. */
  readonly tokenRole: string | undefined;
  /** The registered client that received the token; null for a first-party sign-in. */
  readonly clientId: string | null;
  /** The scopes that the token has now: see `effectiveScopes`. */
  readonly scopes: readonly string[];
  /** True if the token was requested with fewer scopes than the role has: see `isNarrowed`. */
  readonly narrowed: boolean;
  /** The time of the user's last authentication; the epoch for a token of an earlier release. */
  readonly authenticatedAt: Date;
  readonly assurance: Assurance;
  /** The level of assurance as a claim. */
  readonly acr: string;
  /** True if that authentication is recent, and has two factors if the account has a second one: see `isFresh`. */
  readonly fresh: boolean;
  /** True if the policy demands a second factor that the user has yet to set up. */
  readonly mustEnrol: boolean;
  readonly jti: string;
  /** The expiry of the token, in seconds since the epoch. */
  readonly expiresAt: number;
}

/** A registered client without a user (RFC 6749 section 4.4), and thus without a role. */
export interface Machine {
  readonly user: null;
  /** `client:<id>`. */
  readonly sub: string;
  readonly clientId: string | null;
  readonly scopes: readonly string[];
}

export type Caller = Principal | Machine;

/**
 * Authenticates the caller of a request, in one round trip to the key-value store.
 * @param authorization every `Authorization` header of the request, as sent
 * @throws CREDENTIALS with its reason, or SERVICE_UNAVAILABLE if a store is away; never one instead of the other
 */
export type Authenticate = (authorization: readonly string[]) => Promise<Caller>;

/**
 * Returns the user who calls.
 * @throws FORBIDDEN for a client without a user, because only users have accounts
 * @throws SECOND_FACTOR_ENROLMENT_REQUIRED for a user who may only set up a second factor
 */
export function personOf(caller: Caller): Principal {
  const principal = enrolleeOf(caller);
  if (principal.mustEnrol) throw new Refusal('SECOND_FACTOR_ENROLMENT_REQUIRED');
  return principal;
}

/** Returns the user who calls, also one who may only set up a second factor. @throws FORBIDDEN as {@link personOf} */
export function enrolleeOf(caller: Caller): Principal {
  if (caller.user === null) throw new Refusal('FORBIDDEN');
  return caller;
}

/** Returns the actor that a principal is, with the scopes of the access token. */
export function actorOf({ user, scopes }: Pick<Principal, 'user' | 'scopes'>): UserActor {
  return userActor(user, scopes);
}

/** Matches the scheme in any case and one token (RFC 6750 section 2.1). */
const BEARER = /^bearer +([A-Za-z0-9._~+/-]+=*) *$/i;

export function createAuthenticate(services: Services): Authenticate {
  const { accessTokens, settings, clock } = services;
  return async (authorization) => {
    const claims = await accessTokens.verify(bearerToken(authorization));
    const { denied, user } = await tokenStateOf(claims, services);
    if (denied) throw badCredentials('REVOKED');
    const clientId = claims.clientId ?? null;
    if (claims.sid === undefined) {
      return { user: null, sub: claims.sub, clientId, scopes: parseScope(claims.scope ?? '') };
    }
    if (!user) throw badCredentials('INVALID');
    const authenticatedAt = new Date((claims.authTime ?? 0) * 1000);
    const assurance = claims.acr === acrOf(2) ? 2 : 1;
    return {
      user,
      sid: claims.sid,
      tokenRole: claims.role,
      clientId,
      scopes: effectiveScopes(settings.roles, claims, user.role),
      narrowed: isNarrowed(settings.roles, claims),
      authenticatedAt,
      assurance,
      fresh: isFresh({ user, authenticatedAt, assurance }, settings.factors, clock()),
      acr: acrOf(assurance),
      mustEnrol: mustEnrol(settings.factors, user),
      jti: claims.jti,
      expiresAt: claims.exp,
    };
  };
}

function bearerToken(authorization: readonly string[]): string {
  const [header, ...more] = authorization;
  if (header === undefined) throw badCredentials('MISSING');
  // Threat: a proxy might accept one of two headers and this server the other.
  if (more.length > 0) throw badCredentials('INVALID');
  const token = BEARER.exec(header)?.[1];
  if (token === undefined || token.length > LONGEST_TOKEN) throw badCredentials('INVALID');
  return token;
}
