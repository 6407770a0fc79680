import { cut } from '../kernel/cut.ts';
import { type NextStep, type RefusalKind, toRefusal } from '../kernel/errors.ts';
import type { FieldFaults } from '../kernel/field_faults.ts';

/** The codes of RFC 6749 section 5.2 and RFC 6750 section 3.1; codes of RFC 6749 section 4.1.2.1 for other errors. */
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
  | 'server_error'
  /** OAuth 2.0 for First-Party Applications, section 5.2.2. */
  | 'insufficient_authorization'
  /** RFC 9470 section 3. */
  | 'insufficient_user_authentication';

export interface OAuthErrorDetails {
  /** The HTTP status; 400 by default. */
  readonly status?: number;
  /** Whole seconds until the next attempt. */
  readonly retryAfter?: number | undefined;
  /** The faults of single parameters. */
  readonly fields?: FieldFaults | undefined;
  /** The continuation of a sign-in that needs a second factor. */
  readonly nextStep?: NextStep | undefined;
  /** Set for a disabled account, because the RFCs have no code for it. */
  readonly refusal?: Extract<RefusalKind, 'INACTIVE_USER'>;
}

/** A refusal of the REST door. */
export class OAuthError extends Error {
  readonly status: number;
  readonly retryAfter: number | undefined;
  readonly fields: FieldFaults | undefined;
  readonly refusal: OAuthErrorDetails['refusal'];
  readonly #nextStep: NextStep | undefined;

  constructor(
    readonly code: OAuthCode,
    description: string,
    { status = 400, retryAfter, fields, refusal, nextStep }: OAuthErrorDetails = {},
  ) {
    super(cut(description));
    this.name = 'OAuthError';
    this.status = status;
    this.retryAfter = retryAfter;
    this.fields = fields;
    this.refusal = refusal;
    this.#nextStep = nextStep;
  }

  /** Returns the JSON of an answer (RFC 6749 section 5.2); clients ignore members that they do not know. */
  toBody(): Readonly<Record<string, unknown>> {
    return {
      error: this.code,
      error_description: this.message,
      ...(this.refusal === undefined ? {} : { code: this.refusal }),
      ...(this.fields === undefined ? {} : { fields: this.fields }),
      ...(this.#nextStep && {
        auth_session: this.#nextStep.ticket,
        methods: this.#nextStep.methods,
        expires_in: this.#nextStep.expiresIn,
      }),
    };
  }
}

/** Returns an error as an OAuth error: the code of the RFCs for each row of the closed table. */
export function toOAuthError(thrown: unknown): OAuthError {
  if (thrown instanceof OAuthError) return thrown;
  const refusal = toRefusal(thrown);
  const { kind, message, status, retryAfter, fields } = refusal;
  switch (kind) {
    // A wrong password, refresh token or code is an invalid grant, status 400 (RFC 6749 section 5.2).
    case 'INCORRECT_LOGIN':
    case 'REFRESH_TOKEN':
    case 'AUTHORIZATION_CODE':
      return new OAuthError('invalid_grant', message);
    case 'SECOND_FACTOR_REQUIRED':
      return new OAuthError('insufficient_authorization', message, { nextStep: refusal.nextStep() });
    case 'REAUTHENTICATION_REQUIRED':
      return new OAuthError('insufficient_user_authentication', message, { status });
    case 'CREDENTIALS':
      return new OAuthError('invalid_token', message, { status });
    case 'INVALID_SCOPE':
      return new OAuthError('invalid_scope', message, { status });
    case 'FORBIDDEN':
    case 'SECOND_FACTOR_ENROLMENT_REQUIRED':
      return new OAuthError('insufficient_scope', message, { status });
    case 'ORIGIN_NOT_ALLOWED':
      return new OAuthError('access_denied', message, { status });
    case 'RATE_LIMITED':
    case 'OVERLOADED':
    case 'SERVICE_UNAVAILABLE':
      return new OAuthError('temporarily_unavailable', message, { status, retryAfter });
    // Only the GraphQL door refuses with the first two.
    case 'UNAUTHORIZED_FIELD_OR_TYPE':
    case 'SUBREQUEST_FAILED':
    case 'INTERNAL':
      return new OAuthError('server_error', message, { status });
    case 'INACTIVE_USER':
      return new OAuthError('invalid_request', message, { status, refusal: kind });
    case 'TRANSACTION':
    case 'MAILED_LINK':
    case 'PARSE_FAILED':
    case 'VALIDATION_FAILED':
    case 'PAYLOAD_TOO_LARGE':
    case 'BAD_REQUEST':
    case 'NO_KEY_PAIRS':
    case 'BAD_USER_INPUT':
    case 'CONFLICT':
      return new OAuthError('invalid_request', message, { status, fields });
  }
}

/** Returns the error for a malformed request. */
export function invalidRequest(description: string, fields?: FieldFaults): OAuthError {
  return new OAuthError('invalid_request', description, { fields });
}

/** Returns the error for a missing parameter. */
export function missingParameter(name: string): OAuthError {
  return invalidRequest(`The parameter ${name} is missing`, [{ field: name, code: 'REQUIRED' }]);
}
