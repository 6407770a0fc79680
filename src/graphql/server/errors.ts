import { unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError, Kind } from 'graphql';
import { Refusal, toRefusal } from '../../kernel/errors.ts';
import { type Log, logFault } from '../../kernel/log.ts';
import { requestId } from '../../kernel/request_id.ts';

/**
 * The codes of Apollo and graphql-js, with the row of the closed table for each. These errors have a sentence and name
 * no field, so BAD_USER_INPUT becomes BAD_REQUEST.
 */
const KINDS = {
  GRAPHQL_PARSE_FAILED: 'PARSE_FAILED',
  GRAPHQL_VALIDATION_FAILED: 'VALIDATION_FAILED',
  INTROSPECTION_DISABLED: 'VALIDATION_FAILED',
  BAD_USER_INPUT: 'BAD_REQUEST',
  // Apollo refuses a body, a method or an operation name with it.
  BAD_REQUEST: 'BAD_REQUEST',
  OPERATION_RESOLUTION_FAILURE: 'BAD_REQUEST',
  // Clients that send a digest first know the message, and then send the document.
  PERSISTED_QUERY_NOT_SUPPORTED: 'BAD_REQUEST',
} as const;

/**
 * The most errors in the answer to a request that is refused before it runs. Threat: each error may quote almost the
 * whole request.
 */
const MOST_REQUEST_ERRORS = 10;

/** Bounds for graphql-js. At the bound it stops and adds one error that says so. */
export const VALIDATION_BOUND = { maxErrors: MOST_REQUEST_ERRORS - 1 } as const;
export const COERCION_BOUND = { maxCoercionErrors: MOST_REQUEST_ERRORS - 1 } as const;

/** The most locations of one error. Fields that do not merge have hundreds. */
const MOST_LOCATIONS = 10;

/**
 * Apollo's message is longer than the contract allows. Its code is shared with other errors, so the text identifies it.
 */
const WITHOUT_PREFLIGHT = /^This operation has been blocked as a potential Cross-Site Request Forgery/;
const NEEDS_PREFLIGHT =
  'Refused as a potential Cross-Site Request Forgery: use Content-Type: application/json, or add Apollo-Require-Preflight';

/** graphql-js reports its token limit as a syntax error, which only the text identifies. It is reported as a limit. */
const TOKEN_LIMIT = /^Syntax Error: (Document contains more that? \d+ tokens)/;

/** Returns the refusal behind an error of an operation. An error that is not in the table is INTERNAL. */
export function refusalOf(error: unknown): Refusal {
  const thrown = unwrapResolverError(error);
  if (thrown instanceof Refusal) return thrown;
  if (error instanceof GraphQLError) {
    const original = error.originalError;
    if (original instanceof Refusal) return original;
    const limit = TOKEN_LIMIT.exec(error.message);
    if (limit) return new Refusal('VALIDATION_FAILED', { message: limit[1]!.replace(' that ', ' than ') });
    const kind = KINDS[error.extensions['code'] as keyof typeof KINDS];
    if (kind) return new Refusal(kind, { message: wordsOf(error) });
    if (isFaultOfValues(error, thrown)) return new Refusal('BAD_REQUEST', { message: wordsOf(thrown) });
  }
  return toRefusal(thrown);
}

/**
 * Returns whether graphql-js refused the values of an operation at execution: variables of a wrong type, or arguments
 * that are known only then. These errors have no code, only a node and a text.
 */
function isFaultOfValues(error: GraphQLError, thrown: unknown): thrown is GraphQLError {
  if (!(thrown instanceof GraphQLError)) return false;
  if (error.path === undefined && thrown.message === TOO_MANY_VALUES) return true;
  const [node] = thrown.nodes ?? [];
  return node?.kind === Kind.VARIABLE_DEFINITION || (node !== undefined && ARGUMENT.test(thrown.message));
}

const TOO_MANY_VALUES = 'Too many errors processing variables, error limit reached. Execution aborted.';
const ARGUMENT = /^Argument "\w+" (?:of (?:required|non-null) type|has invalid value) /;

export type FormatError = (error: unknown) => GraphQLFormattedError;

/**
 * Creates the one exit of the GraphQL door. Every error becomes a row of the closed table. An unknown fault becomes a
 * bare server error, and only the log gets its cause, with the request id.
 * @param count receives the code of each error
 */
export function createErrorFormat(log: Log, count: (code: string) => void): FormatError {
  return (error) => {
    const refusal = refusalOf(error);
    logFault(refusal, log);
    count(refusal.code);
    return inTable(refusal, error);
  };
}

function inTable(refusal: Refusal, error: unknown): GraphQLFormattedError {
  const { path, locations } = error instanceof GraphQLError ? error.toJSON() : {};
  return {
    message: refusal.message,
    ...(locations === undefined ? {} : { locations: locations.slice(0, MOST_LOCATIONS) }),
    ...(path === undefined ? {} : { path }),
    extensions: {
      code: refusal.code,
      ...(refusal.reason === undefined ? {} : { reason: refusal.reason }),
      ...(refusal.retryAfter === undefined ? {} : { retryAfter: refusal.retryAfter }),
      ...(refusal.fields === undefined ? {} : { fields: refusal.fields }),
      ...refusal.nextStep(),
      ...refusal.stepUp,
      requestId: requestId() ?? null,
    },
  };
}

function wordsOf({ message }: GraphQLError): string {
  if (WITHOUT_PREFLIGHT.test(message)) return NEEDS_PREFLIGHT;
  // Threat: a suggestion would name fields of a hidden schema.
  return message.replace(/ ?Did you mean .*$/s, '');
}
