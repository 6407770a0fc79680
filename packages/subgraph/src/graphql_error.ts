import { GraphQLError } from 'graphql';
import { IdentityError } from './errors.ts';

/** An {@link IdentityError} as GraphQL servers answer it, its code as `reason`; anything else as it is. */
export function toGraphQLError(error: unknown): unknown {
  if (!(error instanceof IdentityError)) return error;
  const code = error.status === 401 ? 'UNAUTHENTICATED' : 'SERVICE_UNAVAILABLE';
  const { message, status, code: reason } = error;
  const refusal = new GraphQLError(message, { extensions: { code, reason, http: { status } } });
  // Not as `originalError`, which servers take for a fault and mask.
  return Object.assign(refusal, { cause: error });
}
