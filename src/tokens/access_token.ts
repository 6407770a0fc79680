import { createHmac } from 'node:crypto';
import { errors, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { LRUCache } from 'lru-cache';
import { type Clock, toSeconds } from '../kernel/clock.ts';
import { badCredentials, Refusal } from '../kernel/errors.ts';
import { digestText, random } from '../kernel/secret.ts';
import type { Algorithm, SigningKey } from '../keys/key_pair.ts';
import type { Keys } from '../keys/keys.ts';

/** What an access token says. Role and scope are what they were at signing: never decide by them. */
export interface Claims {
  readonly sub: string;
  /** Of a person's token; a machine's own has neither role nor session. */
  readonly role?: string;
  readonly sid?: string;
  readonly jti: string;
  readonly scope?: string;
  /** Present where `scope` was asked for or is an app's: the token never follows a promotion. */
  readonly narrowed?: true;
  /** The registered client it was given to. */
  readonly clientId?: string;
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

/** The claims that an issuer chooses. A machine's own token has neither role, session nor the mark of a narrowed one. */
export type TokenSubject = Pick<Claims, 'sub' | 'role' | 'sid' | 'narrowed' | 'clientId'> & { readonly scope: string };

export interface AccessTokens {
  /**
   * @param at when the session was told how long its access tokens live: a token that began later would outlive its
   * own denial
   * @param notAfter when the session ends
   */
  issue(subject: TokenSubject, at: Date, notAfter: Date): Promise<IssuedToken>;
  /** The claims of a token we signed. Throws UNAUTHENTICATED with reason EXPIRED or INVALID. */
  verify(token: string): Promise<Claims>;
  /** Seconds an access token lives. */
  readonly lifetime: number;
}

/** Between replicas' clocks: RFC 7519 section 4.1.4 allows no more than a few minutes. */
const LEEWAY_SECONDS = 5;
/** How far this machine's clock may be set back while it runs, and nobody is signed out or in by it. */
const SET_BACK_SECONDS = 120;
/** A token may be accepted so long after its end, by the clock that was right when it was denied. */
export const OUTLIVED_SECONDS = LEEWAY_SECONDS + SET_BACK_SECONDS;
/** Tokens whose signature is remembered: under a kilobyte each. */
const REMEMBERED = 10_000;
/** RFC 9068 section 2.1: an ID token or another service's JWT of the same key is not an access token. */
const TYPE = 'at+jwt';
/** Of any key there can be; which one a key is for is the key's to say. */
const ALGORITHMS: Algorithm[] = ['HS256', 'RS256', 'ES256', 'EdDSA'];

export function createAccessTokens(
  keys: Keys,
  config: { readonly accessTokenSeconds: number; readonly issuer: string; readonly audience: string },
  clock: Clock,
): AccessTokens {
  /**
   * Tokens found good, by their digest, so that the signature is verified once and not at every request. What may change
   * meanwhile is asked every time: whether the key still counts and the token's end here, the denylist by whoever
   * decides on a request.
   */
  const remembered = new LRUCache<string, { readonly claims: Claims; readonly kid: string }>({ max: REMEMBERED });

  function recall(id: string, now: number): Claims | undefined {
    const known = remembered.get(id);
    if (!known) return undefined;
    if (now < known.claims.exp && keys.counts(known.kid)) return known.claims;
    remembered.delete(id);
    return undefined;
  }

  return {
    lifetime: config.accessTokenSeconds,

    async issue({ sub, role, sid, scope, narrowed, clientId }, at, notAfter) {
      const jti = random(16).toString('hex');
      const iat = toSeconds(at.getTime());
      const exp = Math.min(iat + config.accessTokenSeconds, toSeconds(notAfter.getTime()));
      const { issuer: iss, audience: aud } = config;
      const granted = { scope: scope || undefined, narrowed, client_id: clientId };
      const claims = { iss, aud, sub, role, sid, ...granted, iat, exp, jti };
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
          // The key decides the algorithm, not the token: a public key is never tried as an HMAC secret (RFC 8725, 3.1).
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

/** RFC 7515 section 7.1. */
async function sign(claims: JWTPayload, { kid, algorithm, key, secret }: SigningKey): Promise<string> {
  const header = { alg: algorithm, typ: TYPE, kid };
  if (!secret) return new SignJWT(claims).setProtectedHeader(header).sign(key);
  // Not by WebCrypto: it hands each HMAC to the thread pool, at several times its price, and passwords are hashed there.
  const input = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

/** Our own signature says that we made it; a claim of another shape still says that something is wrong. */
function toClaims(payload: JWTPayload, now: number): Claims {
  const { sub, role, sid, jti, iat, exp, scope, narrowed, client_id: clientId } = payload;
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
  };
}

function isTextOrMissing(claim: unknown): claim is string | undefined {
  return claim === undefined || typeof claim === 'string';
}
