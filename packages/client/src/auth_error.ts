/** Every code of the gateway's table of refusals. */
export const GATEWAY_CODES = [
  'UNAUTHENTICATED',
  'INACTIVE_USER',
  'FORBIDDEN',
  'RATE_LIMITED',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'ORIGIN_NOT_ALLOWED',
  'PAYLOAD_TOO_LARGE',
  'UNAUTHORIZED_FIELD_OR_TYPE',
  'SUBREQUEST_FAILED',
  'BAD_USER_INPUT',
  'CONFLICT',
  'OVERLOADED',
  'SERVICE_UNAVAILABLE',
  'INTERNAL_SERVER_ERROR',
] as const;

/**
 * `UNREACHABLE`: no answer, or none of the gateway's: a network that is away, a proxy in front of it. `COOKIE_NOT_KEPT`: the
 * password was right, and the browser keeps no cookie of the gateway for this page. `STORAGE`: the program's storage failed.
 */
export type AuthErrorCode = (typeof GATEWAY_CODES)[number] | 'UNREACHABLE' | 'COOKIE_NOT_KEPT' | 'STORAGE';

/** Why an access token was refused. A password or a refresh token that was refused has no reason. */
export type AuthErrorReason = 'MISSING' | 'INVALID' | 'EXPIRED' | 'REVOKED';

/** What is wrong with one field of what was sent: a code of the gateway's table, and its facts (`min`, `allowed`, …). */
export interface FieldFault {
  readonly field: string;
  readonly code: string;
  readonly [fact: string]: unknown;
}

export interface AuthErrorDetails {
  readonly reason?: AuthErrorReason | undefined;
  readonly retryAfter?: number | undefined;
  readonly requestId?: string | undefined;
  readonly fields?: readonly FieldFault[] | undefined;
  readonly cause?: unknown;
}

/** What the gateway refuses, and a gateway that cannot be reached. */
export class AuthError extends Error {
  readonly code: AuthErrorCode;
  readonly reason: AuthErrorReason | undefined;
  /** Whole seconds until another try makes sense. */
  readonly retryAfter: number | undefined;
  /** What the gateway's log knows the request by. */
  readonly requestId: string | undefined;
  /** What is wrong, by field, with `BAD_USER_INPUT` and `CONFLICT`; empty where no single field is at fault. */
  readonly fields: readonly FieldFault[];

  constructor(code: AuthErrorCode, message: string, details: AuthErrorDetails = {}) {
    const { reason, retryAfter, requestId, fields = [], cause } = details;
    super(message, cause === undefined ? {} : { cause });
    this.name = 'AuthError';
    this.code = code;
    this.reason = reason;
    this.retryAfter = retryAfter;
    this.requestId = requestId;
    this.fields = fields;
  }

  /** Whether signing in again is what helps: trying the same again is not. */
  get reauthenticate(): boolean {
    return this.code === 'UNAUTHENTICATED' || this.accountDisabled;
  }

  /** Whether the account has been disabled, which ends its sessions. */
  get accountDisabled(): boolean {
    return this.code === 'INACTIVE_USER';
  }

  /** Whether it was the access token that was refused, and neither a password nor a refresh token: another may do. */
  get tokenRefused(): boolean {
    return this.code === 'UNAUTHENTICATED' && this.reason !== undefined;
  }
}

/** As much of a GraphQL error as is read: what Apollo Client, urql and plain JSON have in common. */
export interface GraphqlErrorLike {
  readonly message: string;
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
}

const REASONS: readonly unknown[] = ['MISSING', 'INVALID', 'EXPIRED', 'REVOKED'] satisfies AuthErrorReason[];

function isFieldFault(value: unknown): value is FieldFault {
  const { field, code } = Object(value) as Partial<FieldFault>;
  return typeof field === 'string' && typeof code === 'string';
}

/** The gateway's refusals among a result's `errors`, in their order. Errors with other codes are a subgraph's own. */
export function readAuthErrors(errors: readonly GraphqlErrorLike[] | null | undefined): AuthError[] {
  return (errors ?? []).flatMap(({ message, extensions = {} }) => {
    const { code, reason, retryAfter, requestId, fields } = extensions;
    if (!(GATEWAY_CODES as readonly unknown[]).includes(code)) return [];
    return new AuthError(code as AuthErrorCode, message, {
      reason: REASONS.includes(reason) ? (reason as AuthErrorReason) : undefined,
      retryAfter: typeof retryAfter === 'number' ? retryAfter : undefined,
      requestId: typeof requestId === 'string' ? requestId : undefined,
      fields: Array.isArray(fields) ? fields.filter(isFieldFault) : undefined,
    });
  });
}

/** An answer that is not in the gateway's form is a proxy's: whatever it says, it has no say in who is signed in. */
export function errorOfStatus(status: number, headers: Headers): AuthError {
  const retryAfter = headers.get('retry-after') ?? '';
  return new AuthError(status === 429 ? 'RATE_LIMITED' : 'UNREACHABLE', `The gateway's address answered ${status}`, {
    // A date is for another clock than ours.
    retryAfter: /^\d{1,10}$/.test(retryAfter) ? Number(retryAfter) : undefined,
  });
}
