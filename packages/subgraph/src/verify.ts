import { createHash } from 'node:crypto';
import { createRemoteJWKSet, customFetch, errors, jwtVerify, type JWTVerifyGetKey } from 'jose';
import { readClaims } from './claims.ts';
import { IdentityError } from './errors.ts';
import type { Identity } from './identity.ts';
import { createReplays } from './replays.ts';
import { type IncomingRequest, readBody, readHeader } from './request.ts';

export interface VerifierOptions {
  /** The issuer of the gateway, exactly as in its tokens, without a trailing slash. */
  readonly issuer: string;
  /** The name of this subgraph at the gateway. */
  readonly subgraph: string;
  /** The address of the gateway's public keys; `<issuer>/.well-known/jwks.json` by default. */
  readonly jwksUrl?: string;
  /**
   * The allowed difference between the clocks of this machine and the gateway, in seconds; 5 by default, 30 at most.
   */
  readonly clockToleranceSeconds?: number;
  /** The most identities in memory, under 100 bytes each; 250,000 by default, in under 25 MB. */
  readonly maxReplays?: number;
  /**
   * Notes an identity in a store that several replicas share, until `expiresAt` at least. Resolves to true if it was
   * the first to note it. An error refuses the request (UNAVAILABLE).
   */
  readonly firstUse?: (jti: string, expiresAt: Date) => Promise<boolean>;
  /** Returns the time in milliseconds since the epoch. */
  readonly clock?: () => number;
  /** The `fetch` for the keys; by default that of the platform. */
  readonly fetch?: typeof fetch;
}

export interface Verifier {
  /** Returns the identity of a request. @throws IdentityError if the request does not prove that the gateway sent it */
  verifyIdentity(request: IncomingRequest): Promise<Identity>;
}

/** The type of an identity. It prevents the use of an access token as an identity (RFC 8725 section 3.11). */
const TYPE = 'gatehouse-identity+jwt';
/**
 * The accepted algorithms, only asymmetric. Threat: the public key would work as an HMAC secret (RFC 8725 section 3.1).
 */
const ALGORITHMS = ['EdDSA', 'ES256'];
const TOLERANCE_SECONDS = 5;
const MAX_TOLERANCE_SECONDS = 30;
const MAX_REPLAYS = 250_000;
/** Milliseconds between two requests for unknown keys. Threat: forged key ids would flood the gateway with requests. */
const JWKS_COOLDOWN_MS = 10_000;
/** Milliseconds without a request for keys after a failure. Threat: forgeries would keep an overloaded gateway down. */
const JWKS_PAUSE_MS = 1_000;
/** The longest time for which a key is cached, and thus accepted after the gateway withdrew it. */
const JWKS_MAX_AGE_MS = 5 * 60_000;

/**
 * Creates a verifier, which checks that requests come from the gateway and returns their identity. It remembers used
 * identities, so use one verifier for the life of the process. The gateway need not be available yet.
 * @throws TypeError or RangeError for invalid options
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
      // Last, so that only valid identities fill the cache.
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
 * Verifies a request with a shared verifier for each issuer, subgraph and address of the keys. The first request
 * creates it, and only the other options of that request apply.
 */
export function verifyIdentity(request: IncomingRequest, options: VerifierOptions): Promise<Identity> {
  const { issuer, subgraph, jwksUrl } = options;
  const name = JSON.stringify([issuer, subgraph, jwksUrl]);
  const verifier = verifiers.get(name) ?? createVerifier(options);
  verifiers.set(name, verifier);
  return verifier.verifyIdentity(request);
}

/**
 * Creates the look-up of the gateway's public keys by id. It rejects with IdentityError SIGNATURE for an unpublished
 * key, and UNAVAILABLE if the keys cannot be fetched.
 */
function createFindKey(url: URL, fetchKeys = fetch): JWTVerifyGetKey {
  // By the monotonic clock, because the wall clock may be set back.
  let failedAt = -Infinity;
  const jwks = createRemoteJWKSet(url, {
    cooldownDuration: JWKS_COOLDOWN_MS,
    cacheMaxAge: JWKS_MAX_AGE_MS,
    // Only for fetches: the cooldown of jose begins with a success, and its cached keys stay valid meanwhile.
    [customFetch]: async (...request: Parameters<typeof fetch>) => {
      if (performance.now() - failedAt < JWKS_PAUSE_MS) throw new IdentityError('UNAVAILABLE');
      return fetchKeys(...request);
    },
  });
  return async (header, token) => {
    // Without an id, jose would accept any key that is the only one of its kind.
    if (typeof header.kid !== 'string') throw new IdentityError('SIGNATURE');
    return jwks(header, token).catch((error: unknown) => {
      const unknown = error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys;
      // Thrown by the pause itself. Threat: continued requests would extend the pause.
      if (error instanceof IdentityError) throw error;
      if (!unknown) failedAt = performance.now();
      throw new IdentityError(unknown ? 'SIGNATURE' : 'UNAVAILABLE', error);
    });
  };
}

/** Returns the IdentityError for an error of jose, and any other error unchanged. */
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
