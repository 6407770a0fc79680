import { cut } from './cut.ts';
import { type FieldFaults, messageOf } from './field_faults.ts';

/**
 * The closed table of refusals, shared by GraphQL and OAuth. Every other error leaves the server as INTERNAL; its cause
 * is only logged.
 */
export const TABLE = {
  INCORRECT_LOGIN: { code: 'UNAUTHENTICATED', message: 'Incorrect username or password', status: 401 },
  CREDENTIALS: { code: 'UNAUTHENTICATED', message: 'Could not validate credentials', status: 401 },
  REFRESH_TOKEN: { code: 'UNAUTHENTICATED', message: 'Invalid or expired refresh token', status: 401 },
  /** The password was right, and the account has a second factor: see {@link NextStep}. */
  SECOND_FACTOR_REQUIRED: { code: 'SECOND_FACTOR_REQUIRED', message: 'A second factor is required', status: 401 },
  SECOND_FACTOR_ENROLMENT_REQUIRED: {
    code: 'SECOND_FACTOR_ENROLMENT_REQUIRED',
    message: 'A second factor must be set up',
    status: 403,
  },
  /** The authentication is too old or too weak: see {@link StepUp}. */
  REAUTHENTICATION_REQUIRED: { code: 'REAUTHENTICATION_REQUIRED', message: 'Confirm that it is you', status: 401 },
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
  /** Names the fields at fault: see {@link invalidInput}. */
  BAD_USER_INPUT: { code: 'BAD_USER_INPUT', message: 'Invalid input', status: 400 },
  /** The request as a whole is at fault, not a field of it. */
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
  /** A mailed link or code. The reason stays hidden: unknown, used, expired, or worthless after a change. */
  MAILED_LINK: {
    code: 'BAD_USER_INPUT',
    message: 'The link or the code is wrong, used or expired: ask for a new one',
    status: 400,
  },
  /** Names the fields at fault: see {@link conflict}. */
  CONFLICT: { code: 'CONFLICT', message: 'Already exists', status: 409 },
  OVERLOADED: { code: 'OVERLOADED', message: 'Try again later', status: 503 },
  SERVICE_UNAVAILABLE: { code: 'SERVICE_UNAVAILABLE', message: 'Try again later', status: 503 },
  INTERNAL: { code: 'INTERNAL_SERVER_ERROR', message: 'Internal server error', status: 500 },
} as const;

export type RefusalKind = keyof typeof TABLE;
/** The kinds that name the fields at fault. */
type FieldKind = 'BAD_USER_INPUT' | 'CONFLICT';

/** The reason why a bearer token was refused. */
export type CredentialsReason = 'MISSING' | 'INVALID' | 'EXPIRED' | 'REVOKED';

/** The names of second factors, as clients see them. */
export type FactorMethod = 'TOTP' | 'PASSKEY' | 'RECOVERY_CODE';

/** The continuation of a sign-in that waits for its second factor. */
export interface NextStep {
  /** A secret: it stands for the proven password. */
  readonly ticket: string;
  readonly methods: readonly FactorMethod[];
  /** Seconds until the ticket expires. */
  readonly expiresIn: number;
}

/** The authentication that a field asks for (RFC 9470 section 3). */
export interface StepUp {
  /** The most seconds since the authentication. */
  readonly maxAge: number;
  /** The level of assurance, as in the claim `acr`. */
  readonly acr: string;
  readonly methods: readonly ('PASSWORD' | FactorMethod)[];
}

export interface RefusalDetails {
  /** Replaces the kind's message where a kind needs details (BAD_REQUEST, PARSE_FAILED, VALIDATION_FAILED). */
  readonly message?: string;
  readonly reason?: CredentialsReason;
  /** Whole seconds after which a retry can succeed. */
  readonly retryAfter?: number;
  /** Given with SECOND_FACTOR_REQUIRED. */
  readonly nextStep?: NextStep;
  /** Given with REAUTHENTICATION_REQUIRED. */
  readonly stepUp?: StepUp;
  /** The cause; only logged, never sent to the client. */
  readonly cause?: unknown;
}

export interface FieldDetails {
  /** The faults by field; the message is made of them. */
  readonly fields: FieldFaults;
  /** The cause; only logged, never sent to the client. */
  readonly cause?: unknown;
}

/** An error that a client may read. Any other error that is thrown is a fault of the server. */
export class Refusal extends Error {
  readonly kind: RefusalKind;
  readonly code: string;
  /** The HTTP status, from {@link TABLE}. */
  readonly status: number;
  readonly reason: CredentialsReason | undefined;
  readonly retryAfter: number | undefined;
  readonly stepUp: StepUp | undefined;
  readonly #nextStep: NextStep | undefined;
  /** The faults by field; only BAD_USER_INPUT and CONFLICT have them. */
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
    this.stepUp = details.stepUp;
    this.#nextStep = details.nextStep;
    this.fields = fields;
  }

  /** Returns the continuation of a sign-in. It is no property, so that no log shows the ticket. */
  nextStep(): NextStep | undefined {
    return this.#nextStep;
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

/**
 * Returns the refusal of a bearer token.
 * @param cause logged only
 */
export function badCredentials(reason: CredentialsReason, cause?: unknown): Refusal {
  return new Refusal('CREDENTIALS', { reason, cause });
}

/** Returns a thrown value as a refusal. A fault of the server becomes INTERNAL, with the fault as its cause. */
export function toRefusal(thrown: unknown): Refusal {
  return thrown instanceof Refusal ? thrown : new Refusal('INTERNAL', { cause: thrown });
}
