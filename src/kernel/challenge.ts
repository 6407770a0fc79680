import type { Refusal } from './errors.ts';

/**
 * Returns the `WWW-Authenticate` header of a refused request (RFC 6750 section 3), or undefined if the response needs
 * none. A request without a token gets the bare scheme: a client should refresh only after its token was refused.
 */
export function bearerChallenge({ kind, reason, status }: Pick<Refusal, 'kind' | 'reason' | 'status'>) {
  if (kind === 'FORBIDDEN') return 'Bearer error="insufficient_scope"';
  if (status !== 401) return undefined;
  return kind === 'CREDENTIALS' && reason !== 'MISSING' ? 'Bearer error="invalid_token"' : 'Bearer';
}
