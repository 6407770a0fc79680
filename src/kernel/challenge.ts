import type { Refusal } from './errors.ts';

/**
 * Returns the `WWW-Authenticate` header of a refused request (RFC 6750 section 3), or undefined if the response needs
 * none. A request without a token gets the bare scheme: a client should refresh only after its token was refused.
 */
export function bearerChallenge({
  kind,
  reason,
  status,
  stepUp,
}: Pick<Refusal, 'kind' | 'reason' | 'status' | 'stepUp'>) {
  if (kind === 'FORBIDDEN') return 'Bearer error="insufficient_scope"';
  if (status !== 401) return undefined;
  // RFC 9470 section 3.
  if (stepUp) {
    return `Bearer error="insufficient_user_authentication", acr_values="${stepUp.acr}", max_age="${stepUp.maxAge}"`;
  }
  return kind === 'CREDENTIALS' && reason !== 'MISSING' ? 'Bearer error="invalid_token"' : 'Bearer';
}
