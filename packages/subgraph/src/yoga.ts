import { toGraphQLError } from './graphql_error.ts';
import type { Verifier } from './verify.ts';

/** The API of `gatehouse-subgraph/yoga`, for subgraphs on GraphQL Yoga. */
export type { IdentityContext } from './identity.ts';

/** The part of Yoga's `Plugin` that this plugin implements. */
export interface IdentityPlugin {
  onRequestParse(payload: { readonly request: Request; readonly serverContext: object }): Promise<void>;
}

/**
 * Creates the Yoga plugin that verifies the identity of a request before Yoga parses it, and adds it to the context. It
 * rejects with GraphQLError UNAUTHENTICATED with status 401, or SERVICE_UNAVAILABLE with 503.
 */
export function useIdentity({ verifyIdentity }: Verifier): IdentityPlugin {
  return {
    async onRequestParse({ request, serverContext }) {
      try {
        Object.assign(serverContext, { identity: await verifyIdentity(request) });
      } catch (error) {
        throw toGraphQLError(error);
      }
    },
  };
}
