import { GraphQLError } from 'graphql';
import { IdentityError } from './errors.ts';

/** An {@link IdentityError} as GraphQL servers answer it, its code as `reason`; anything else as it is. */
export function toGraphQLError(error: unknown): unknown {
  if (!(error instanceof IdentityError)) return error;
  const code = error.status === 401 ? 'UNAUTHENTICATED' : 'SERVICE_UNAVAILABLE';
  return new GraphQLError(error.message, {
    originalError: error,
    extensions: { code, reason: error.code, http: { status: error.status } },
  });
}
