import { type AuthClient, readAuthErrors } from 'gatehouse-client';
import { authExchange } from 'gatehouse-client/urql';
import { cacheExchange, Client, fetchExchange, mapExchange } from 'urql';
import { BASE } from '../../base.ts';
import type { StepUp } from '../../step_up.ts';
import { stepUpExchange } from './step_up_exchange.ts';

interface DataClientOptions {
  readonly stepUp?: StepUp;
  readonly onInactive?: () => void;
}

/**
 * Returns the GraphQL client of the signed-in user. The next user gets a new client, because its cache holds their
 * data.
 * @param options.stepUp asks the user to confirm that it is them; without it such refusals are shown
 * @param options.onInactive called when the server reports a disabled account, just before the kit signs out
 */
export function createDataClient(auth: AuthClient, { stepUp, onInactive }: DataClientOptions = {}): Client {
  const watch = mapExchange({
    onError({ graphQLErrors }) {
      if (readAuthErrors(graphQLErrors).some(({ accountDisabled }) => accountDisabled)) onInactive?.();
    },
  });
  return new Client({
    url: new URL('graphql', BASE).href,
    exchanges: [cacheExchange, ...(stepUp ? [stepUpExchange(stepUp)] : []), authExchange(auth), watch, fetchExchange],
    preferGetMethod: false,
    // A page shows cached data at once, and reloads it.
    requestPolicy: 'cache-and-network',
  });
}
