import { KeyObject } from 'node:crypto';
import { type CryptoKey, errors, type JWTPayload, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import { type Clock, toSeconds } from '../kernel/clock.ts';
import { badCredentials, Refusal } from '../kernel/errors.ts';
import { type JwsAlgorithm, signJws, signJwsInPool } from '../kernel/jws.ts';
import { digestText, random } from '../kernel/secret.ts';

/** A key of access tokens. Its algorithm is fixed. */
interface TokenKey {
  readonly kid: string;
  readonly algorithm: JwsAlgorithm;
  readonly key: CryptoKey;
}

/** The keys that access tokens are signed and verified with. The room `keys` provides them. */
export interface TokenKeys {
  /** The key that signs new tokens. Only HS256 has a shared secret. */
  readonly signing: TokenKey & { readonly secret?: KeyObject };
  /** Records that a token was signed that is valid until then, in milliseconds since the epoch. */
  noteSigning(until: number): Promise<void>;
  /** Returns the valid key of an id. */
  verifying(kid: string): TokenKey | undefined | Promise<TokenKey | undefined>;
  /** Returns whether the key of an id is known and valid. */
  counts(kid: string): boolean;
}

/** The claims of an access token. Role and scope are those at the time of signing: never authorize by them. */
export interface AccessTokenClaims {
  readonly sub: string;
  /** Only in a user's token; a client's own token has neither role nor session. */
  readonly role?: string;
  readonly sid?: string;
  readonly jti: string;
  readonly scope?: string;
  /** True if the scope was requested or is an app's: the token does not gain scopes when the user is promoted. */
  readonly narrowed?: true;
  /** The registered client that the token was issued to. */
  readonly clientId?: string;
  /** The user's last authentication, in seconds since the epoch. Missing in tokens of an earlier release. */
  readonly authTime?: number;
  /** The methods of that authentication (RFC 8176), and its level (RFC 9470). */
  readonly amr?: readonly string[];
  readonly acr?: string;
  /** Seconds since the epoch. */
  readonly iat: number;
  readonly exp: number;
}

export interface IssuedToken {
  readonly token: string;
  readonly jti: string;
  /** The lifetime in seconds. */
  readonly expiresIn: number;
}

/** The claims that the issuer chooses. A client's own token has neither `role`, `sid` nor `narrowed`. */
export type TokenSubject = Pick<
  AccessTokenClaims,
  'sub' | 'role' | 'sid' | 'narrowed' | 'clientId' | 'authTime' | 'amr' | 'acr'
> & {
  readonly scope: string;
};

export interface AccessTokens {
  /**
   * Signs a token. Its expiry is the configured lifetime after `at`, but no later than `notAfter`.
   * @param at the time at which the session recorded its last token's expiry. A later time would let the token outlive
   * its denial
   * @param notAfter the end of the session
   */
  issue(subject: TokenSubject, at: Date, notAfter: Date): Promise<IssuedToken>;
  /**
   * Verifies a token and returns its claims (RFC 9068 section 4).
   * @throws Refusal CREDENTIALS with the reason EXPIRED or INVALID; SERVICE_UNAVAILABLE if its key cannot be looked up
   */
  verify(token: string): Promise<AccessTokenClaims>;
  /** The configured lifetime in seconds. */
  readonly lifetime: number;
}

/** The tolerated difference between the clocks of replicas; RFC 7519 section 4.1.4 allows a few minutes at most. */
const LEEWAY_SECONDS = 5;
/**
 * The tolerated change if this machine's clock is set back while it runs: no user is signed out, and no ended token is
 * valid again.
 */
const SET_BACK_SECONDS = 120;
/** The longest time after its expiry in which a token may be accepted, by the clock that was right at its denial. */
export const OUTLIVED_SECONDS = LEEWAY_SECONDS + SET_BACK_SECONDS;
/** The number of cached tokens, each under a kilobyte. */
const REMEMBERED = 10_000;
/**
 * The token's type (RFC 9068 section 2.1). Threat: an ID token or another service's JWT, signed with the same key, must
 * not pass for an access token.
 */
const TYPE = 'at+jwt';
/** All algorithms. Each key fixes its own. */
const ALGORITHMS: JwsAlgorithm[] = ['HS256', 'RS256', 'ES256', 'EdDSA'];

export function createAccessTokens(
  keys: TokenKeys,
  config: { readonly accessTokenSeconds: number; readonly issuer: string; readonly audience: string },
  clock: Clock,
): AccessTokens {
  /**
   * Verified tokens by their digest, so that a signature is verified once and not for every request. Key and expiry are
   * checked on every call. The denylist is checked by the code that authorizes the request.
   */
  const remembered = new LRUCache<string, { readonly claims: AccessTokenClaims; readonly kid: string }>({
    max: REMEMBERED,
  });

  function recall(id: string, now: number): AccessTokenClaims | undefined {
    const known = remembered.get(id);
    if (!known) return undefined;
    if (now < known.claims.exp && keys.counts(known.kid)) return known.claims;
    remembered.delete(id);
    return undefined;
  }

  return {
    lifetime: config.accessTokenSeconds,

    async issue({ sub, role, sid, scope, narrowed, clientId, authTime, amr, acr }, at, notAfter) {
      const jti = random(16).toString('hex');
      const iat = toSeconds(at.getTime());
      const exp = Math.min(iat + config.accessTokenSeconds, toSeconds(notAfter.getTime()));
      const { issuer: iss, audience: aud } = config;
      const granted = { scope: scope || undefined, narrowed, client_id: clientId };
      const claims = { iss, aud, sub, role, sid, ...granted, auth_time: authTime, amr, acr, iat, exp, jti };
      await keys.noteSigning((exp + OUTLIVED_SECONDS) * 1000);
      const token = await sign(claims, keys.signing);
      return { token, jti, expiresIn: exp - iat };
    },

    async verify(token) {
      const now = clock();
      const id = digestText(token);
      const known = recall(id, toSeconds(now));
      if (known) return known;
      const { payload, protectedHeader } = await jwtVerify(
        token,
        async ({ kid, alg }) => {
          // Threat: a public key tried as an HMAC secret (RFC 8725 section 3.1). The key decides the algorithm, not the
          // token.
          const found = kid === undefined ? undefined : await keys.verifying(kid);
          if (found?.algorithm !== alg) throw badCredentials('INVALID');
          return found.key;
        },
        {
          algorithms: ALGORITHMS,
          issuer: config.issuer,
          audience: config.audience,
          typ: TYPE,
          clockTolerance: LEEWAY_SECONDS,
          currentDate: new Date(now),
          requiredClaims: ['sub', 'iat', 'exp', 'jti'],
        },
      ).catch((error: unknown) => {
        if (error instanceof Refusal) throw error;
        throw badCredentials(error instanceof errors.JWTExpired ? 'EXPIRED' : 'INVALID', error);
      });
      const claims = toClaims(payload, toSeconds(now));
      if (toSeconds(now) < claims.exp) remembered.set(id, { claims, kid: protectedHeader.kid! });
      return claims;
    },
  };
}

async function sign(claims: object, { kid, algorithm, key, secret }: TokenKeys['signing']): Promise<string> {
  const header = { typ: TYPE, kid };
  if (secret) return signJws({ ...header, alg: 'HS256' }, claims, secret);
  return signJwsInPool({ ...header, alg: algorithm as Exclude<JwsAlgorithm, 'HS256'> }, claims, KeyObject.from(key));
}

/** Returns the claims if they have the expected shape. A signed token with another shape is refused all the same. */
function toClaims(payload: JWTPayload, now: number): AccessTokenClaims {
  const { sub, role, sid, jti, iat, exp, scope, narrowed, client_id: clientId } = payload;
  const { auth_time: authTime, amr, acr } = payload;
  if (
    typeof sub !== 'string' ||
    !isTextOrMissing(role) ||
    !isTextOrMissing(sid) ||
    (role === undefined) !== (sid === undefined) ||
    typeof jti !== 'string' ||
    typeof iat !== 'number' ||
    typeof exp !== 'number' ||
    !isTextOrMissing(scope) ||
    !isTextOrMissing(clientId) ||
    !(narrowed === undefined || narrowed === true) ||
    !(authTime === undefined || typeof authTime === 'number') ||
    !(amr === undefined || isTexts(amr)) ||
    !isTextOrMissing(acr) ||
    iat > now + SET_BACK_SECONDS
  ) {
    throw badCredentials('INVALID');
  }
  return {
    sub,
    jti,
    iat,
    exp,
    ...(role === undefined || sid === undefined ? {} : { role, sid }),
    ...(scope === undefined ? {} : { scope }),
    ...(narrowed === undefined ? {} : { narrowed }),
    ...(clientId === undefined ? {} : { clientId }),
    ...(authTime === undefined ? {} : { authTime }),
    ...(amr === undefined ? {} : { amr }),
    ...(acr === undefined ? {} : { acr }),
  };
}

function isTextOrMissing(claim: unknown): claim is string | undefined {
  return claim === undefined || typeof claim === 'string';
}

function isTexts(claim: unknown): claim is string[] {
  return Array.isArray(claim) && claim.every((entry) => typeof entry === 'string');
}
