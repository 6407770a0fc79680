import { cut } from '../kernel/cut.ts';
import { toRefusal } from '../kernel/errors.ts';

/** The codes of RFC 6749 section 5.2, of RFC 6750 section 3.1, and for what neither foresees those of section 4.1.2.1. */
export type OAuthCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'unsupported_grant_type'
  | 'unsupported_response_type'
  | 'unauthorized_client'
  | 'invalid_scope'
  | 'invalid_token'
  | 'insufficient_scope'
  | 'access_denied'
  | 'temporarily_unavailable'
  | 'server_error';

/** A refusal of the REST door. */
export class OAuthError extends Error {
  constructor(
    readonly code: OAuthCode,
    description: string,
    readonly status = 400,
    /** Whole seconds. */
    readonly retryAfter?: number,
  ) {
    super(cut(description));
    this.name = 'OAuthError';
  }
}

/** The same refusal as the GraphQL door gives, in the words of the RFCs. */
export function toOAuthError(thrown: unknown): OAuthError {
  if (thrown instanceof OAuthError) return thrown;
  const { kind, message, status, retryAfter } = toRefusal(thrown);
  switch (kind) {
    // RFC 6749 section 5.2: a wrong password, refresh token or code is a bad grant, status 400.
    case 'INCORRECT_LOGIN':
    case 'REFRESH_TOKEN':
    case 'AUTHORIZATION_CODE':
      return new OAuthError('invalid_grant', message, 400);
    case 'CREDENTIALS':
      return new OAuthError('invalid_token', message, status);
    case 'INVALID_SCOPE':
      return new OAuthError('invalid_scope', message, status);
    case 'FORBIDDEN':
      return new OAuthError('insufficient_scope', message, status);
    case 'ORIGIN_NOT_ALLOWED':
      return new OAuthError('access_denied', message, status);
    case 'RATE_LIMITED':
    case 'OVERLOADED':
    case 'SERVICE_UNAVAILABLE':
      return new OAuthError('temporarily_unavailable', message, status, retryAfter);
    // Of the graph alone: no use case of this door refuses with them.
    case 'UNAUTHORIZED_FIELD_OR_TYPE':
    case 'SUBREQUEST_FAILED':
    case 'INTERNAL':
      return new OAuthError('server_error', message, status);
    case 'TRANSACTION':
    case 'INACTIVE_USER':
    case 'PARSE_FAILED':
    case 'VALIDATION_FAILED':
    case 'PAYLOAD_TOO_LARGE':
    case 'BAD_USER_INPUT':
    case 'CONFLICT':
      return new OAuthError('invalid_request', message, status);
  }
}

/** Shorthand of the refusal of a request's form. */
export function invalidRequest(description: string): OAuthError {
  return new OAuthError('invalid_request', description);
}
