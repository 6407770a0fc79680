import type { JWTPayload } from 'jose';
import { IdentityError } from './errors.ts';
import type { Identity } from './identity.ts';

/** Seconds: what the gateway's promise of a short life is held to. */
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

/** What a JWT with a good signature says. Throws MALFORMED, AUDIENCE and LIFETIME. */
export function readClaims(payload: JWTPayload): Claims {
  const { aud, bsh, jti, iat, exp } = payload;
  // RFC 7519 allows a list, and an identity that is good for two subgraphs could be taken from one to the other.
  if (typeof aud !== 'string') throw new IdentityError('AUDIENCE');
  if (typeof bsh !== 'string' || typeof jti !== 'string' || jti === '' || !isSecond(iat) || !isSecond(exp)) {
    throw new IdentityError('MALFORMED');
  }
  if (exp <= iat || exp - iat > MAX_LIFETIME_SECONDS) throw new IdentityError('LIFETIME');
  return { identity: readIdentity(payload), bsh, jti, iat, exp };
}

/**
 * All of `sub`, `role`, `scope`, `client_id` and `sid` are absent for the anonymous; `role` and `sid` come together or not
 * at all.
 */
function readIdentity({ sub, role, scope, client_id: clientId, sid }: JWTPayload): Identity {
  const texts = [sub, role, scope, clientId, sid];
  if (!texts.every(isTextOrMissing) || sub === '' || clientId === '' || (role === undefined) !== (sid === undefined)) {
    throw new IdentityError('MALFORMED');
  }
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
  };
}

function isTextOrMissing(claim: unknown): claim is string | undefined {
  return claim === undefined || typeof claim === 'string';
}

function isSecond(claim: unknown): claim is number {
  return Number.isSafeInteger(claim);
}
