import { composeServices } from '@theguild/federation-composition';
import { parse } from 'graphql';
import type { Bench } from './bench.ts';
import { connect } from './client.ts';
import type { Gatehouse } from './gatehouse.ts';
import { GRAPHS, type Kind, ORDERS, sdlOf } from './graphs.ts';
import { operation, send } from './graphql.ts';
import { CLIENTS, inTurns } from './loads.ts';
import type { Load } from './rounds.ts';

/** The subgraphs, as one process. */
export interface Subgraphs {
  readonly pid: number;
  /** A Gatehouse in front of them. */
  gatehouse(kind: Kind): Promise<Gatehouse>;
  /** Returns the composed supergraph, for contenders that do not compose. */
  supergraph(kind: Kind): string;
}

export async function startSubgraphs(bench: Bench): Promise<Subgraphs> {
  const { url: base, pid } = await bench.contender('subgraphs', '/ready');
  const all = (kind: Kind) => GRAPHS.map((name) => ({ name, url: `${base}/${kind}/${name}` }));
  return {
    pid,
    gatehouse: (kind) =>
      bench.gatehouse({
        SUBGRAPHS: all(kind)
          .map(({ name, url }) => `${name}=${url}`)
          .join(','),
      }),
    supergraph(kind) {
      const services = all(kind).map(({ name, url }) => ({ name, url, typeDefs: parse(sdlOf(name, kind)) }));
      const { supergraphSdl } = composeServices(services);
      if (!supergraphSdl) throw new Error('The subgraphs do not compose');
      return supergraphSdl;
    },
  };
}

/** As many as there are clients, several times over: no two requests that are under way at once ask for the same. */
const PLACES = 1_000;

/** Other orders at each request, the callers in turns. @param tokens of the signed in; none for the anonymous */
export function distinctOrders(server: { url: string; pid: number }, tokens: readonly string[] = []): Load {
  const requests = Array.from({ length: PLACES }, (_, at) => orders(at * 15, tokens[at % tokens.length]));
  return inTurns(server, CLIENTS, requests);
}

/** The same orders at each request. */
export function sameOrders(server: { url: string; pid: number }, token?: string): Load {
  return inTurns(server, CLIENTS, [orders(0, token)]);
}

function orders(from: number, token?: string): Buffer {
  return operation(ORDERS, { from }, token);
}

/** Throws unless the servers give the same answer, and one that came over all three hops. */
export async function compareAnswers(...asked: readonly { readonly url: string; readonly token?: string }[]) {
  const answers = await Promise.all(
    asked.map(async ({ url, token }) => {
      const connection = await connect(url);
      // The second is the one that is measured: by then the document is known.
      await send(connection, orders(0, token));
      const answer = await send(connection, orders(0, token)).finally(() => connection.close());
      return JSON.stringify(JSON.parse(answer));
    }),
  );
  if (new Set(answers).size > 1 || !answers[0]!.includes('"country":"ES"'))
    throw new Error(`Not the same answer to the same query:\n${answers.join('\n')}`);
}
