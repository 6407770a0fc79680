import { GraphQLError } from 'graphql';
import { IdentityError } from './errors.ts';

/** Returns an {@link IdentityError} as a GraphQLError with its code as `reason`, and any other error unchanged. */
export function toGraphQLError(error: unknown): unknown {
  if (!(error instanceof IdentityError)) return error;
  const code = error.status === 401 ? 'UNAUTHENTICATED' : 'SERVICE_UNAVAILABLE';
  const { message, status, code: reason } = error;
  const refusal = new GraphQLError(message, { extensions: { code, reason, http: { status } } });
  // Not as `originalError`, because servers mask such errors as faults.
  return Object.assign(refusal, { cause: error });
}
