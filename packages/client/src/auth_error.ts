/** The error codes of the gateway. */
export const GATEWAY_CODES = [
  'UNAUTHENTICATED',
  'SECOND_FACTOR_REQUIRED',
  'SECOND_FACTOR_ENROLMENT_REQUIRED',
  'REAUTHENTICATION_REQUIRED',
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
 * The error codes. `UNREACHABLE`: no answer, or an answer of a proxy. `COOKIE_NOT_KEPT`: the password was right, but
 * the browser does not keep the gateway's cookie for this page. `STORAGE`: the storage of the program failed.
 * `PASSKEY_FAILED`: the browser gave no passkey, because its user declined or because it has none.
 */
export type AuthErrorCode =
  (typeof GATEWAY_CODES)[number] | 'UNREACHABLE' | 'COOKIE_NOT_KEPT' | 'STORAGE' | 'PASSKEY_FAILED';

/** The reason why an access token was refused. Refused passwords and refresh tokens have no reason. */
export type AuthErrorReason = 'MISSING' | 'INVALID' | 'EXPIRED' | 'REVOKED';

/** The fault of one field of a request: a code of the gateway and its facts (`min`, `allowed`, …). */
export interface FieldFault {
  readonly field: string;
  readonly code: string;
  readonly [fact: string]: unknown;
}

/** The names of second factors. */
export type SecondFactorKind = 'TOTP' | 'PASSKEY' | 'RECOVERY_CODE';

/** The continuation of a sign-in that waits for its second factor. */
export interface SignInContinuation {
  /** A secret: it stands for the proven password. */
  readonly ticket: string;
  /** The factors of the account. A newer gateway may have others. */
  readonly methods: readonly SecondFactorKind[];
  /** Seconds until the ticket expires. */
  readonly expiresIn: number;
}

/** The authentication that an operation asks for. */
export interface RequiredAuthentication {
  /** The most seconds since the authentication. */
  readonly maxAge: number;
  /** The level of assurance, as in the claim `acr`. */
  readonly acr: string;
  readonly methods: readonly ('PASSWORD' | SecondFactorKind)[];
}

export interface AuthErrorDetails {
  readonly reason?: AuthErrorReason | undefined;
  readonly retryAfter?: number | undefined;
  readonly requestId?: string | undefined;
  readonly fields?: readonly FieldFault[] | undefined;
  readonly nextStep?: SignInContinuation | undefined;
  readonly stepUp?: RequiredAuthentication | undefined;
  readonly cause?: unknown;
}

/** A refusal of the gateway, or a gateway that cannot be reached. */
export class AuthError extends Error {
  readonly code: AuthErrorCode;
  readonly reason: AuthErrorReason | undefined;
  /** Whole seconds until the next attempt. */
  readonly retryAfter: number | undefined;
  /** The id of the request in the gateway's log. */
  readonly requestId: string | undefined;
  /** The faults of single fields with `BAD_USER_INPUT` and `CONFLICT`; empty if no single field is at fault. */
  readonly fields: readonly FieldFault[];
  /** The continuation of the sign-in, with `SECOND_FACTOR_REQUIRED`. */
  readonly nextStep: SignInContinuation | undefined;
  /** The authentication that is needed, with `REAUTHENTICATION_REQUIRED`. */
  readonly stepUp: RequiredAuthentication | undefined;

  constructor(code: AuthErrorCode, message: string, details: AuthErrorDetails = {}) {
    const { reason, retryAfter, requestId, fields = [], nextStep, stepUp, cause } = details;
    super(message, cause === undefined ? {} : { cause });
    this.name = 'AuthError';
    this.code = code;
    this.reason = reason;
    this.retryAfter = retryAfter;
    this.requestId = requestId;
    this.fields = fields;
    this.nextStep = nextStep;
    this.stepUp = stepUp;
  }

  /** True if only a new sign-in helps, and a retry does not. */
  get reauthenticate(): boolean {
    return this.code === 'UNAUTHENTICATED' || this.accountDisabled;
  }

  /** True if the account was disabled, which ends its sessions. */
  get accountDisabled(): boolean {
    return this.code === 'INACTIVE_USER';
  }

  /** True if an access token was refused, so that a new one may work. False for a password and a refresh token. */
  get tokenRefused(): boolean {
    return this.code === 'UNAUTHENTICATED' && this.reason !== undefined;
  }
}

/** The part of a GraphQL error that Apollo Client, urql and plain JSON share. */
export interface GraphqlErrorLike {
  readonly message: string;
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
}

const REASONS: readonly unknown[] = ['MISSING', 'INVALID', 'EXPIRED', 'REVOKED'] satisfies AuthErrorReason[];

function isFieldFault(value: unknown): value is FieldFault {
  const { field, code } = Object(value) as Partial<FieldFault>;
  return typeof field === 'string' && typeof code === 'string';
}

/** Returns the strings of a list; undefined for other values. */
const stringsOf = (value: unknown): string[] | undefined =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string') : undefined;

function readNextStep({
  ticket,
  methods,
  expiresIn,
}: Readonly<Record<string, unknown>>): SignInContinuation | undefined {
  const names = stringsOf(methods) as SignInContinuation['methods'] | undefined;
  if (typeof ticket !== 'string' || typeof expiresIn !== 'number' || !names) return undefined;
  return { ticket, methods: names, expiresIn };
}

function readStepUp({ maxAge, acr, methods }: Readonly<Record<string, unknown>>): RequiredAuthentication | undefined {
  const names = stringsOf(methods) as RequiredAuthentication['methods'] | undefined;
  if (typeof maxAge !== 'number' || typeof acr !== 'string' || !names) return undefined;
  return { maxAge, acr, methods: names };
}

/** Returns the refusals of the gateway among the `errors` of a result, in order. Other codes belong to subgraphs. */
export function readAuthErrors(errors: readonly GraphqlErrorLike[] | null | undefined): AuthError[] {
  return (errors ?? []).flatMap(({ message, extensions = {} }) => {
    const { code, reason, retryAfter, requestId, fields } = extensions;
    if (!(GATEWAY_CODES as readonly unknown[]).includes(code)) return [];
    return new AuthError(code as AuthErrorCode, message, {
      reason: REASONS.includes(reason) ? (reason as AuthErrorReason) : undefined,
      retryAfter: typeof retryAfter === 'number' ? retryAfter : undefined,
      requestId: typeof requestId === 'string' ? requestId : undefined,
      fields: Array.isArray(fields) ? fields.filter(isFieldFault) : undefined,
      nextStep: code === 'SECOND_FACTOR_REQUIRED' ? readNextStep(extensions) : undefined,
      stepUp: code === 'REAUTHENTICATION_REQUIRED' ? readStepUp(extensions) : undefined,
    });
  });
}

/**
 * Returns the error for an answer that is not in the gateway's form. Threat: a proxy's 401 must not end the session.
 */
export function errorOfStatus(status: number, headers: Headers): AuthError {
  const retryAfter = headers.get('retry-after') ?? '';
  return new AuthError(status === 429 ? 'RATE_LIMITED' : 'UNREACHABLE', `The gateway's address answered ${status}`, {
    // A date is ignored, because it depends on another clock.
    retryAfter: /^\d{1,10}$/.test(retryAfter) ? Number(retryAfter) : undefined,
  });
}
