import { requestOf } from './client.ts';
import type { Gatehouse } from './gatehouse.ts';
import { loginOperation, operation, send } from './graphql.ts';
import type { Load } from './rounds.ts';
import { type Population, someOf } from './seed.ts';

/** As many as keep a server of one core busy, and few enough that waiting in line is not all that they do. */
export const CLIENTS = 64;
/** The number of clients for requests that hash: several times the simultaneous hashes of up to eight cores. */
export const HASHING_CLIENTS = 16;
/** Accounts whose tokens are shown in turns. */
export const SHOWN = 1_000;

export const ME = '{ me { username role } }';

/** `me`, each request with the token of another account. */
export async function meLoad(gatehouse: Gatehouse, population: Population): Promise<Load> {
  const tokens = await population.tokens(someOf(population.count, SHOWN));
  const requests = tokens.map((token) => operation(ME, {}, token));
  return inTurns(gatehouse, CLIENTS, requests);
}

/** GraphQL's `login`, each request for another account. */
export function loginLoad(gatehouse: Gatehouse, population: Population, clients: number): Load {
  const requests = someOf(population.count, SHOWN).map((user) => loginOperation(population.credentials(user)));
  return inTurns(gatehouse, clients, requests);
}

/** The OAuth2 form's `/token`, each request for another account. */
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

/** Requests one after another, whichever client is free, and from the beginning again. */
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
