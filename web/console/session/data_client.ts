import { type AuthClient, readAuthErrors } from 'gatehouse/client';
import { authExchange } from 'gatehouse/client/urql';
import { cacheExchange, Client, createRequest, fetchExchange, mapExchange } from 'urql';
import { BASE } from '../../base.ts';
import { MeDocument } from '../account/documents.ts';

/**
 * What queries the graph as whoever is signed in. Its cache is theirs: the next person gets another client.
 * @param onInactive called when the server says that the account is disabled, just before the kit signs it out
 */
export function createDataClient(auth: AuthClient, onInactive?: () => void): Client {
  const me = createRequest(MeDocument, {});
  const watch = mapExchange({
    onError({ graphQLErrors }, { key }) {
      const refusals = readAuthErrors(graphQLErrors);
      if (refusals.some(({ accountDisabled }) => accountDisabled)) onInactive?.();
      // A role was taken meanwhile: the pages show what the one that is left may see.
      if (refusals.some(({ code }) => code === 'FORBIDDEN') && key !== me.key) ask();
    },
  });
  const ask = () => void client.query(me.query, me.variables, { requestPolicy: 'network-only' }).toPromise();
  const client = new Client({
    url: new URL('graphql', BASE).href,
    exchanges: [cacheExchange, authExchange(auth), watch, fetchExchange],
    preferGetMethod: false,
    // A page shows at once what is known, and asks whether it still holds.
    requestPolicy: 'cache-and-network',
  });
  return client;
}
