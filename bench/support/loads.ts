import { requestOf } from './client.ts';
import type { Gatehouse } from './gatehouse.ts';
import { loginOperation, operation, send } from './graphql.ts';
import type { Load } from './rounds.ts';
import { type Population, someOf } from './seed.ts';

/** Enough clients to keep a server with one core busy, and few enough that they do not only wait. */
export const CLIENTS = 64;
/** The number of clients for requests that hash: several times the simultaneous hashes of up to eight cores. */
export const HASHING_CLIENTS = 16;
/** The number of accounts whose tokens are used in turns. */
export const SHOWN = 1_000;

export const ME = '{ me { username role } }';

/** Requests `me`, each time with the token of another account. */
export async function meLoad(gatehouse: Gatehouse, population: Population): Promise<Load> {
  const tokens = await population.tokens(someOf(population.count, SHOWN));
  const requests = tokens.map((token) => operation(ME, {}, token));
  return inTurns(gatehouse, CLIENTS, requests);
}

/** Requests `login` in GraphQL, each time for another account. */
export function loginLoad(gatehouse: Gatehouse, population: Population, clients: number): Load {
  const requests = someOf(population.count, SHOWN).map((user) => loginOperation(population.credentials(user)));
  return inTurns(gatehouse, clients, requests);
}

/** Requests `/token` as an OAuth2 form, each time for another account. */
export function tokenLoad(gatehouse: Gatehouse, population: Population, clients: number): Load {
  const requests = someOf(population.count, SHOWN).map((user) =>
    requestOf({
      path: '/token',
      body: new URLSearchParams({ grant_type: 'password', ...population.credentials(user) }).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    }),
  );
  return inTurns(gatehouse, clients, requests);
}

/** Gives the requests in order to the next free client, and starts again at the end. */
export function inTurns(
  { url, pid }: { readonly url: string; readonly pid: number },
  clients: number,
  requests: readonly Buffer[],
): Load {
  let next = 0;
  return {
    url,
    pid,
    clients,
    work: (connection) => send(connection, requests[next++ % requests.length]!),
  };
}
