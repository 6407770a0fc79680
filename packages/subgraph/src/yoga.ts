import { toGraphQLError } from './graphql_error.ts';
import type { Verifier } from './verify.ts';

/** `gatehouse-subgraph/yoga`, for subgraphs on GraphQL Yoga. */
export type { IdentityContext } from './identity.ts';

/** As much of Yoga's `Plugin` as this one is. */
export interface IdentityPlugin {
  onRequestParse(payload: { readonly request: Request; readonly serverContext: object }): Promise<void>;
}

/**
 * The Yoga plugin that finds who a request is for, before Yoga reads what it asks, and puts it into the context.
 * Refuses with a GraphQLError: UNAUTHENTICATED with status 401, SERVICE_UNAVAILABLE with 503.
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
