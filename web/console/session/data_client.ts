import { type AuthClient, readAuthErrors } from 'gatehouse-client';
import { authExchange } from 'gatehouse-client/urql';
import { cacheExchange, Client, fetchExchange, mapExchange } from 'urql';
import { BASE } from '../../base.ts';

/**
 * Returns the GraphQL client of the signed-in user. The next user gets a new client, because its cache holds their
 * data.
 * @param onInactive called when the server reports a disabled account, just before the kit signs out
 */
export function createDataClient(auth: AuthClient, onInactive?: () => void): Client {
  const watch = mapExchange({
    onError({ graphQLErrors }) {
      if (readAuthErrors(graphQLErrors).some(({ accountDisabled }) => accountDisabled)) onInactive?.();
    },
  });
  return new Client({
    url: new URL('graphql', BASE).href,
    exchanges: [cacheExchange, authExchange(auth), watch, fetchExchange],
    preferGetMethod: false,
    // A page shows cached data at once, and reloads it.
    requestPolicy: 'cache-and-network',
  });
}
