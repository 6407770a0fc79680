import { errors, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { type Clock, toSeconds } from '../kernel/clock.ts';
import { badCredentials } from '../kernel/errors.ts';
import { random } from '../kernel/secret.ts';
import type { Keys } from './keys.ts';

/** What an access token says. Role and scope are what they were at signing: never decide by them. */
export interface Claims {
  readonly sub: string;
  readonly role: string;
  readonly sid: string;
  readonly jti: string;
  readonly scope?: string;
  /** Seconds since the epoch. */
  readonly iat: number;
  readonly exp: number;
}

export interface IssuedToken {
  readonly token: string;
  readonly jti: string;
  /** Seconds. */
  readonly expiresIn: number;
}

export interface AccessTokens {
  /**
   * @param at when the session was told how long its access tokens live: a token that began later would outlive its
   * own denial
   * @param notAfter when the session ends
   */
  issue(
    subject: { username: string; role: string; sid: string; scope: string },
    at: Date,
    notAfter: Date,
  ): Promise<IssuedToken>;
  /** The claims of a token we signed. Throws UNAUTHENTICATED with reason EXPIRED or INVALID. */
  verify(token: string): Promise<Claims>;
  /** Seconds an access token lives. */
  readonly lifetime: number;
}

/** Between replicas' clocks; RFC 8725 asks for no more than a few minutes, the contract for this. */
export const LEEWAY_SECONDS = 5;
/** RFC 9068 section 2.1: an ID token or another service's JWT of the same key is not an access token. */
const TYPE = 'at+jwt';

export function createAccessTokens(
  keys: Keys,
  config: { readonly accessTokenSeconds: number; readonly issuer: string; readonly audience: string },
  clock: Clock,
): AccessTokens {
  return {
    lifetime: config.accessTokenSeconds,

    async issue({ username, role, sid, scope }, at, notAfter) {
      const jti = random(16).toString('hex');
      const iat = toSeconds(at.getTime());
      const exp = Math.min(iat + config.accessTokenSeconds, toSeconds(notAfter.getTime()));
      const token = await new SignJWT({ role, sid, ...(scope ? { scope } : {}) })
        .setProtectedHeader({ alg: keys.signing.algorithm, typ: TYPE, kid: keys.signing.kid })
        .setIssuer(config.issuer)
        .setAudience(config.audience)
        .setSubject(username)
        .setIssuedAt(iat)
        .setExpirationTime(exp)
        .setJti(jti)
        .sign(keys.signing.key);
      return { token, jti, expiresIn: exp - iat };
    },

    async verify(token) {
      const now = clock();
      const { payload } = await jwtVerify(
        token,
        ({ kid, alg }) => {
          // The key decides the algorithm, not the token: a public key is never tried as an HMAC secret (RFC 8725, 3.1).
          const found = kid === undefined ? undefined : keys.verifying(kid);
          if (found?.algorithm !== alg) throw badCredentials('INVALID');
          return found.key;
        },
        {
          algorithms: [...keys.algorithms],
          issuer: config.issuer,
          audience: config.audience,
          typ: TYPE,
          clockTolerance: LEEWAY_SECONDS,
          currentDate: new Date(now),
          requiredClaims: ['sub', 'role', 'sid', 'iat', 'exp', 'jti'],
        },
      ).catch((error: unknown) => {
        throw badCredentials(error instanceof errors.JWTExpired ? 'EXPIRED' : 'INVALID', error);
      });
      return toClaims(payload, toSeconds(now));
    },
  };
}

/** Our own signature says that we made it; a claim of another shape still says that something is wrong. */
function toClaims(payload: JWTPayload, now: number): Claims {
  const { sub, role, sid, jti, iat, exp, scope } = payload;
  if (
    typeof sub !== 'string' ||
    typeof role !== 'string' ||
    typeof sid !== 'string' ||
    typeof jti !== 'string' ||
    typeof iat !== 'number' ||
    typeof exp !== 'number' ||
    (scope !== undefined && typeof scope !== 'string') ||
    iat > now + LEEWAY_SECONDS
  ) {
    throw badCredentials('INVALID');
  }
  return { sub, role, sid, jti, iat, exp, ...(scope === undefined ? {} : { scope }) };
}
