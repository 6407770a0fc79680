import { composeServices } from '@theguild/federation-composition';
import { parse } from 'graphql';
import type { Bench } from './bench.ts';
import { connect } from './client.ts';
import type { Gatehouse } from './gatehouse.ts';
import { GRAPHS, type Kind, ORDERS, sdlOf } from './graphs.ts';
import { operation, send } from './graphql.ts';
import { CLIENTS, inTurns } from './loads.ts';
import type { Load } from './rounds.ts';

/** The subgraphs, in one process. */
export interface Subgraphs {
  readonly pid: number;
  /** Starts a Gatehouse in front of them. */
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

/** Several times the number of clients, so that no two simultaneous requests ask for the same orders. */
const PLACES = 1_000;

/**
 * Requests different orders each time, for the callers in turns. @param tokens the callers' tokens; none for anonymous
 * ones
 */
export function distinctOrders(server: { url: string; pid: number }, tokens: readonly string[] = []): Load {
  const requests = Array.from({ length: PLACES }, (_, at) => orders(at * 15, tokens[at % tokens.length]));
  return inTurns(server, CLIENTS, requests);
}

/** Requests the same orders each time. */
export function sameOrders(server: { url: string; pid: number }, token?: string): Load {
  return inTurns(server, CLIENTS, [orders(0, token)]);
}

function orders(from: number, token?: string): Buffer {
  return operation(ORDERS, { from }, token);
}

/** Throws unless the servers give the same response, with data of all three hops. */
export async function compareAnswers(...asked: readonly { readonly url: string; readonly token?: string }[]) {
  const answers = await Promise.all(
    asked.map(async ({ url, token }) => {
      const connection = await connect(url);
      // The second request is the measured kind, because the document is cached by then.
      await send(connection, orders(0, token));
      const answer = await send(connection, orders(0, token)).finally(() => connection.close());
      return JSON.stringify(JSON.parse(answer));
    }),
  );
  if (new Set(answers).size > 1 || !answers[0]!.includes('"country":"ES"'))
    throw new Error(`Not the same answer to the same query:\n${answers.join('\n')}`);
}
