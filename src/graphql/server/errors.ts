import { unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError, Kind } from 'graphql';
import { Refusal, toRefusal } from '../../kernel/errors.ts';
import { type Log, logFault } from '../../kernel/log.ts';
import { requestId } from '../../kernel/request_id.ts';

/**
 * The codes of Apollo and graphql-js, with the row of the closed table for each. Their errors name no field and have only
 * a sentence, so they become BAD_REQUEST.
 */
const KINDS = {
  GRAPHQL_PARSE_FAILED: 'PARSE_FAILED',
  GRAPHQL_VALIDATION_FAILED: 'VALIDATION_FAILED',
  INTROSPECTION_DISABLED: 'VALIDATION_FAILED',
  BAD_USER_INPUT: 'BAD_REQUEST',
  // A body, a method or an operation name that cannot be served.
  BAD_REQUEST: 'BAD_REQUEST',
  OPERATION_RESOLUTION_FAILURE: 'BAD_REQUEST',
  // Clients that try a digest first know the message, and send the document then.
  PERSISTED_QUERY_NOT_SUPPORTED: 'BAD_REQUEST',
} as const;

/**
 * The most errors of an answer to a request that is refused before it runs. Each may quote a part of the request that is as
 * large as the request.
 */
const MOST_REQUEST_ERRORS = 10;

/** Bounds for graphql-js: past them it stops, and adds one error that says so. */
export const VALIDATION_BOUND = { maxErrors: MOST_REQUEST_ERRORS - 1 } as const;
export const COERCION_BOUND = { maxCoercionErrors: MOST_REQUEST_ERRORS - 1 } as const;

/** The most places in a document that one error names. Fields that do not merge are hundreds. */
const MOST_LOCATIONS = 10;

/** Apollo's text is longer than a message may be. Its code is BAD_REQUEST, as of others: the text alone tells it. */
const WITHOUT_PREFLIGHT = /^This operation has been blocked as a potential Cross-Site Request Forgery/;
const NEEDS_PREFLIGHT =
  'Refused as a potential Cross-Site Request Forgery: use Content-Type: application/json, or add Apollo-Require-Preflight';

/** graphql-js gives up with a syntax error, known by its text alone; for the client it is a limit like the others. */
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
 * Returns whether graphql-js refused the values of an operation when it ran: variables of another type, or arguments that
 * are known only then. graphql-js gives these errors no code, only the node and the text.
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
 * The one exit of the GraphQL door: every error becomes a row of the closed table, and a fault of ours becomes a bare
 * server error, whose cause goes to the log with the request's id.
 * @param count told the code of each
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
      requestId: requestId() ?? null,
    },
  };
}

function wordsOf({ message }: GraphQLError): string {
  if (WITHOUT_PREFLIGHT.test(message)) return NEEDS_PREFLIGHT;
  // A schema that hides itself must not spell out the nearest field.
  return message.replace(/ ?Did you mean .*$/s, '');
}
