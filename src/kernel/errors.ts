import { cut } from './cut.ts';
import { type FieldFaults, messageOf } from './field_faults.ts';

/**
 * The closed table of everything Gatehouse ever refuses with, for both doors.
 * What is not in it leaves the server as INTERNAL, its cause only in the log.
 */
export const TABLE = {
  INCORRECT_LOGIN: { code: 'UNAUTHENTICATED', message: 'Incorrect username or password', status: 401 },
  CREDENTIALS: { code: 'UNAUTHENTICATED', message: 'Could not validate credentials', status: 401 },
  REFRESH_TOKEN: { code: 'UNAUTHENTICATED', message: 'Invalid or expired refresh token', status: 401 },
  INACTIVE_USER: { code: 'INACTIVE_USER', message: 'Inactive user', status: 400 },
  FORBIDDEN: { code: 'FORBIDDEN', message: 'Insufficient permissions', status: 403 },
  RATE_LIMITED: { code: 'RATE_LIMITED', message: 'Too many attempts', status: 429 },
  PARSE_FAILED: { code: 'GRAPHQL_PARSE_FAILED', message: 'Syntax error', status: 400 },
  VALIDATION_FAILED: { code: 'GRAPHQL_VALIDATION_FAILED', message: 'Invalid document', status: 400 },
  ORIGIN_NOT_ALLOWED: { code: 'ORIGIN_NOT_ALLOWED', message: 'Origin not allowed', status: 403 },
  PAYLOAD_TOO_LARGE: { code: 'PAYLOAD_TOO_LARGE', message: 'Request too large', status: 413 },
  UNAUTHORIZED_FIELD_OR_TYPE: {
    code: 'UNAUTHORIZED_FIELD_OR_TYPE',
    message: 'Unauthorized field or type',
    status: 200,
  },
  SUBREQUEST_FAILED: { code: 'SUBREQUEST_FAILED', message: 'A subgraph failed', status: 200 },
  /** Fields are at fault: {@link invalidInput}. */
  BAD_USER_INPUT: { code: 'BAD_USER_INPUT', message: 'Invalid input', status: 400 },
  /** The request as a whole is at fault: no field can be named. */
  BAD_REQUEST: { code: 'BAD_USER_INPUT', message: 'Invalid request', status: 400 },
  NO_KEY_PAIRS: {
    code: 'BAD_USER_INPUT',
    message:
      'ALGORITHM is HS256, whose key is JWT_SECRET_KEY: replace that, with the old one as JWT_SECRET_KEY_PREVIOUS',
    status: 400,
  },
  INVALID_SCOPE: { code: 'BAD_USER_INPUT', message: 'The scope is beyond what may be granted', status: 400 },
  AUTHORIZATION_CODE: { code: 'BAD_USER_INPUT', message: 'Invalid or expired authorization code', status: 400 },
  TRANSACTION: {
    code: 'BAD_USER_INPUT',
    message: 'This sign-in is over: start again where you came from',
    status: 400,
  },
  /** Fields are at fault: {@link conflict}. */
  CONFLICT: { code: 'CONFLICT', message: 'Already exists', status: 409 },
  OVERLOADED: { code: 'OVERLOADED', message: 'Try again later', status: 503 },
  SERVICE_UNAVAILABLE: { code: 'SERVICE_UNAVAILABLE', message: 'Try again later', status: 503 },
  INTERNAL: { code: 'INTERNAL_SERVER_ERROR', message: 'Internal server error', status: 500 },
} as const;

export type RefusalKind = keyof typeof TABLE;
/** The kinds that name the fields at fault. */
type FieldKind = 'BAD_USER_INPUT' | 'CONFLICT';

/** Why a bearer token was not accepted. */
export type CredentialsReason = 'MISSING' | 'INVALID' | 'EXPIRED' | 'REVOKED';

export interface RefusalDetails {
  /** For kinds whose text says what is wrong (BAD_REQUEST, PARSE_FAILED, VALIDATION_FAILED). */
  readonly message?: string;
  readonly reason?: CredentialsReason;
  /** Whole seconds until another try makes sense. */
  readonly retryAfter?: number;
  /** What led here: for the log alone, never for the client. */
  readonly cause?: unknown;
}

export interface FieldDetails {
  /** What is wrong, by field; the message is made of it. */
  readonly fields: FieldFaults;
  /** What led here: for the log alone, never for the client. */
  readonly cause?: unknown;
}

/** An answer of "no" that a client may read. Anything else that is thrown is a fault of ours. */
export class Refusal extends Error {
  readonly kind: RefusalKind;
  readonly code: string;
  /** The HTTP status of the contract's table. */
  readonly status: number;
  readonly reason: CredentialsReason | undefined;
  readonly retryAfter: number | undefined;
  /** Of BAD_USER_INPUT and CONFLICT alone: what is wrong, by field. */
  readonly fields: FieldFaults | undefined;

  constructor(
    ...[kind, given = {}]:
      [kind: FieldKind, details: FieldDetails] | [kind: Exclude<RefusalKind, FieldKind>, details?: RefusalDetails]
  ) {
    const row = TABLE[kind];
    const { fields, ...details }: RefusalDetails & Partial<FieldDetails> = given;
    super(cut(fields ? messageOf(fields) : (details.message ?? row.message)), { cause: details.cause });
    this.name = 'Refusal';
    this.kind = kind;
    this.code = row.code;
    this.status = row.status;
    this.reason = details.reason;
    this.retryAfter = details.retryAfter;
    this.fields = fields;
  }
}

/** Returns the refusal of values that a client sent, by field. */
export function invalidInput(...fields: FieldFaults): Refusal {
  return new Refusal('BAD_USER_INPUT', { fields });
}

/** Returns the refusal of a change that the present state does not allow, by field. */
export function conflict(...fields: FieldFaults): Refusal {
  return new Refusal('CONFLICT', { fields });
}

/** Shorthand of the refusal thrown most: a bearer token that does not count, and why. */
export function badCredentials(reason: CredentialsReason, cause?: unknown): Refusal {
  return new Refusal('CREDENTIALS', { reason, cause });
}

/** Whatever was thrown, as a refusal: a fault becomes INTERNAL, with the fault as its cause. */
export function toRefusal(thrown: unknown): Refusal {
  return thrown instanceof Refusal ? thrown : new Refusal('INTERNAL', { cause: thrown });
}
