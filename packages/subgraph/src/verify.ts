import { createHash } from 'node:crypto';
import { createRemoteJWKSet, customFetch, errors, jwtVerify, type JWTVerifyGetKey } from 'jose';
import { readClaims } from './claims.ts';
import { IdentityError } from './errors.ts';
import type { Identity } from './identity.ts';
import { createReplays } from './replays.ts';
import { type IncomingRequest, readBody, readHeader } from './request.ts';

export interface VerifierOptions {
  /** The gateway's public address, exactly as its tokens spell it: no slash at the end. */
  readonly issuer: string;
  /** This subgraph's name at the gateway. */
  readonly subgraph: string;
  /** Where the gateway's public keys are: `<issuer>/.well-known/jwks.json` unless told otherwise. */
  readonly jwksUrl?: string;
  /** How far this machine's clock and the gateway's may be apart: 5 unless told otherwise, 30 at most. */
  readonly clockToleranceSeconds?: number;
  /** Identities remembered at a time, under 100 bytes each: 250,000 unless told otherwise, in under 25 MB. */
  readonly maxReplays?: number;
  /**
   * For several replicas of a subgraph: notes the identity in a store that they share, until `expiresAt` at least, and
   * answers whether it was the first to do so. One that throws refuses the request (UNAVAILABLE).
   */
  readonly firstUse?: (jti: string, expiresAt: Date) => Promise<boolean>;
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
  /** What fetches the keys. */
  readonly fetch?: typeof fetch;
}

export interface Verifier {
  /** Who a request is for. Throws {@link IdentityError} where it does not prove to come from the gateway. */
  verifyIdentity(request: IncomingRequest): Promise<Identity>;
}

/** RFC 8725 section 3.11: an access token of the same gateway is no identity. */
const TYPE = 'gatehouse-identity+jwt';
/** RFC 8725 section 3.1: asymmetric ones alone, or the public key would do as an HMAC secret. */
const ALGORITHMS = ['EdDSA', 'ES256'];
const TOLERANCE_SECONDS = 5;
const MAX_TOLERANCE_SECONDS = 30;
const MAX_REPLAYS = 250_000;
/** A key that is not known is asked for at most so often: forged key ids are no flood for the gateway. */
const JWKS_COOLDOWN_MS = 10_000;
/** After they could not be had they are not asked for, or everybody's forgeries would keep a gateway down that is down. */
const JWKS_PAUSE_MS = 1_000;
/** How long a key that the gateway has withdrawn may still count. */
const JWKS_MAX_AGE_MS = 5 * 60_000;

/**
 * What tells a subgraph that a request comes from the gateway, and who it is for. It remembers what was used: one for
 * the life of the process. Throws a TypeError or a RangeError where it is configured wrongly; needs no gateway yet.
 */
export function createVerifier(options: VerifierOptions): Verifier {
  const { issuer, subgraph, firstUse, clock = Date.now } = options;
  const tolerance = options.clockToleranceSeconds ?? TOLERANCE_SECONDS;
  const maxReplays = options.maxReplays ?? MAX_REPLAYS;
  if (!subgraph) throw new TypeError('subgraph is the name of this subgraph at the gateway');
  if (!(tolerance >= 0 && tolerance <= MAX_TOLERANCE_SECONDS)) {
    throw new RangeError(`clockToleranceSeconds is 0 to ${MAX_TOLERANCE_SECONDS}`);
  }
  if (!(maxReplays >= 1)) throw new RangeError('maxReplays is at least 1');
  const findKey = createFindKey(new URL(options.jwksUrl ?? `${issuer}/.well-known/jwks.json`), options.fetch);
  const noteUse = createReplays(maxReplays);

  return {
    async verifyIdentity(request) {
      const token = readHeader(request);
      const body = await readBody(request);
      const now = toSeconds(clock());
      const { payload } = await jwtVerify(token, findKey, {
        algorithms: ALGORITHMS,
        typ: TYPE,
        issuer,
        audience: subgraph,
        clockTolerance: tolerance,
        currentDate: new Date(now * 1000),
      }).catch((error: unknown) => {
        throw toIdentityError(error);
      });
      const { identity, bsh, jti, iat, exp } = readClaims(payload);
      if (iat > now + tolerance) throw new IdentityError('EARLY');
      if (bsh !== createHash('sha256').update(body).digest('base64url')) throw new IdentityError('BODY');
      // Last of all, so that only what would have been accepted takes a place.
      noteUse(jti, exp + tolerance, toSeconds(clock()));
      const isFirst = await firstUse?.(jti, new Date((exp + tolerance) * 1000)).catch((error: unknown) => {
        throw new IdentityError('UNAVAILABLE', error);
      });
      if (isFirst === false) throw new IdentityError('REPLAYED');
      return identity;
    },
  };
}

const verifiers = new Map<string, Verifier>();

/**
 * {@link Verifier.verifyIdentity} of one verifier per issuer, subgraph and address of the keys, made at the first
 * request: what else the options say counts then.
 */
export function verifyIdentity(request: IncomingRequest, options: VerifierOptions): Promise<Identity> {
  const { issuer, subgraph, jwksUrl } = options;
  const name = JSON.stringify([issuer, subgraph, jwksUrl]);
  const verifier = verifiers.get(name) ?? createVerifier(options);
  verifiers.set(name, verifier);
  return verifier.verifyIdentity(request);
}

/** The gateway's public keys by their id. Throws SIGNATURE for one that it does not publish, and UNAVAILABLE. */
function createFindKey(url: URL, fetchKeys = fetch): JWTVerifyGetKey {
  // Not by the clock, which may be set back.
  let failedAt = -Infinity;
  const jwks = createRemoteJWKSet(url, {
    cooldownDuration: JWKS_COOLDOWN_MS,
    cacheMaxAge: JWKS_MAX_AGE_MS,
    // Here, and not for all: jose's cooldown begins with a success, and what it knows by then is good meanwhile.
    [customFetch]: async (...request: Parameters<typeof fetch>) => {
      if (performance.now() - failedAt < JWKS_PAUSE_MS) throw new IdentityError('UNAVAILABLE');
      return fetchKeys(...request);
    },
  });
  return async (header, token) => {
    // Without it any key of the set would do that happens to be the only one of its kind.
    if (typeof header.kid !== 'string') throw new IdentityError('SIGNATURE');
    return jwks(header, token).catch((error: unknown) => {
      const unknown = error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys;
      // From the pause itself: or whoever goes on asking would put off its end.
      if (error instanceof IdentityError) throw error;
      if (!unknown) failedAt = performance.now();
      throw new IdentityError(unknown ? 'SIGNATURE' : 'UNAVAILABLE', error);
    });
  };
}

/** What jose throws, in words of our own; a fault, which it never throws, as it is. */
function toIdentityError(error: unknown): unknown {
  if (error instanceof errors.JWTExpired) return new IdentityError('EXPIRED', error);
  if (error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JOSEAlgNotAllowed) {
    return new IdentityError('SIGNATURE', error);
  }
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'iss') {
    return new IdentityError('ISSUER', error);
  }
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'aud') {
    return new IdentityError('AUDIENCE', error);
  }
  return error instanceof errors.JOSEError ? new IdentityError('MALFORMED', error) : error;
}

function toSeconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}
