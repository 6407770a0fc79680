import { type AuthClient, readAuthErrors } from 'gatehouse-client';
import { authExchange } from 'gatehouse-client/urql';
import { cacheExchange, Client, fetchExchange, mapExchange } from 'urql';
import { BASE } from '../../base.ts';

/**
 * What queries the graph as whoever is signed in. Its cache is theirs: the next person gets another client.
 * @param onInactive called when the server says that the account is disabled, just before the kit signs it out
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
    // A page shows at once what is known, and asks whether it still holds.
    requestPolicy: 'cache-and-network',
  });
}
