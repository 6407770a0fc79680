import { unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { Refusal, toRefusal } from '../kernel/errors.ts';
import { type Log, logFault } from '../kernel/log.ts';
import { requestId } from '../kernel/request_id.ts';

/** What Apollo and graphql-js call their own refusals, and what they are in the closed table. */
const KINDS = {
  GRAPHQL_PARSE_FAILED: 'PARSE_FAILED',
  GRAPHQL_VALIDATION_FAILED: 'VALIDATION_FAILED',
  INTROSPECTION_DISABLED: 'VALIDATION_FAILED',
  BAD_USER_INPUT: 'BAD_USER_INPUT',
  // A body, a method or an operation name that cannot be served.
  BAD_REQUEST: 'BAD_USER_INPUT',
  OPERATION_RESOLUTION_FAILURE: 'BAD_USER_INPUT',
  // Clients that try a digest first know the message, and send the document then.
  PERSISTED_QUERY_NOT_SUPPORTED: 'BAD_USER_INPUT',
} as const;

/** The parser gives up with a syntax error; for the client it is a limit like the others. */
const TOKEN_LIMIT = /^Syntax Error: (Document contains more that? \d+ tokens)/;

/** The refusal behind anything that went wrong with an operation. What is not in the table is INTERNAL. */
export function refusalOf(error: unknown): Refusal {
  const thrown = unwrapResolverError(error);
  if (thrown instanceof Refusal) return thrown;
  if (error instanceof GraphQLError) {
    const original = error.originalError;
    if (original instanceof Refusal) return original;
    const limit = TOKEN_LIMIT.exec(error.message);
    if (limit) return new Refusal('VALIDATION_FAILED', { message: limit[1]!.replace(' that ', ' than ') });
    const kind = KINDS[error.extensions['code'] as keyof typeof KINDS];
    if (kind) return new Refusal(kind, { message: withoutSuggestions(error.message) });
  }
  return toRefusal(thrown);
}

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
    ...(locations === undefined ? {} : { locations }),
    ...(path === undefined ? {} : { path }),
    extensions: {
      code: refusal.code,
      ...(refusal.reason === undefined ? {} : { reason: refusal.reason }),
      ...(refusal.retryAfter === undefined ? {} : { retryAfter: refusal.retryAfter }),
      requestId: requestId() ?? null,
    },
  };
}

/** A schema that hides itself must not spell out the nearest field. */
function withoutSuggestions(message: string): string {
  return message.replace(/ ?Did you mean .*$/s, '');
}
