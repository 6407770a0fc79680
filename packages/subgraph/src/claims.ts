import type { JWTPayload } from 'jose';
import { IdentityError } from './errors.ts';
import type { Identity } from './identity.ts';

/** The longest accepted lifetime of an identity, in seconds. The gateway promises a short one. */
const MAX_LIFETIME_SECONDS = 60;

export interface Claims {
  readonly identity: Identity;
  /** SHA-256 of the body, base64url. */
  readonly bsh: string;
  readonly jti: string;
  /** Seconds since the epoch. */
  readonly iat: number;
  readonly exp: number;
}

/** Reads the claims of a JWT with a valid signature. @throws IdentityError MALFORMED, AUDIENCE or LIFETIME */
export function readClaims(payload: JWTPayload): Claims {
  const { aud, bsh, jti, iat, exp } = payload;
  // RFC 7519 allows a list. Threat: one subgraph could send an identity for two subgraphs to the other.
  if (typeof aud !== 'string') throw new IdentityError('AUDIENCE');
  if (typeof bsh !== 'string' || typeof jti !== 'string' || jti === '' || !isSecond(iat) || !isSecond(exp)) {
    throw new IdentityError('MALFORMED');
  }
  if (exp <= iat || exp - iat > MAX_LIFETIME_SECONDS) throw new IdentityError('LIFETIME');
  return { identity: readIdentity(payload), bsh, jti, iat, exp };
}

/**
 * Returns the identity. An anonymous one has none of `sub`, `role`, `scope`, `client_id` and `sid`. `role` and `sid`
 * are present or absent together, and `acr` and `auth_time` only with them.
 */
function readIdentity(payload: JWTPayload): Identity {
  const { sub, role, scope, client_id: clientId, sid, acr, auth_time: authTime } = payload;
  const texts = [sub, role, scope, clientId, sid, acr];
  if (!texts.every(isTextOrMissing) || sub === '' || clientId === '' || (role === undefined) !== (sid === undefined)) {
    throw new IdentityError('MALFORMED');
  }
  if (authTime !== undefined && !isSecond(authTime)) throw new IdentityError('MALFORMED');
  if (sid === undefined && (acr !== undefined || authTime !== undefined)) throw new IdentityError('MALFORMED');
  if (sub === undefined) {
    if (role !== undefined || scope !== undefined || clientId !== undefined) throw new IdentityError('MALFORMED');
    return { anonymous: true };
  }
  return {
    anonymous: false,
    subject: sub,
    role: (role as string | undefined) ?? null,
    scopes: ((scope as string | undefined) ?? '').split(' ').filter(Boolean),
    clientId: (clientId as string | undefined) ?? null,
    sessionId: (sid as string | undefined) ?? null,
    authenticatedAt: authTime === undefined ? null : new Date(authTime * 1000),
    acr: (acr as string | undefined) ?? null,
  };
}

function isTextOrMissing(claim: unknown): claim is string | undefined {
  return claim === undefined || typeof claim === 'string';
}

function isSecond(claim: unknown): claim is number {
  return Number.isSafeInteger(claim);
}
