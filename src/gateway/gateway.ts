import type { GatewayInterface } from '@apollo/server-gateway-interface';
import { type DocumentNode, GraphQLError, type GraphQLSchema, type ValidationRule } from 'graphql';
import type { Context } from '../graphql/context.ts';
import type { Execute } from '../graphql/known_queries.ts';
import type { Reach } from '../graphql/reach.ts';
import type { Log } from '../kernel/log.ts';
import { createGraph, type Graph, type GraphParts } from './graph.ts';
import type { GatewayMetrics } from './metrics.ts';
import { SupergraphError, type SupergraphSource, type SupergraphState } from './supergraph.ts';

export interface Gateway {
  /** For Apollo Server. */
  readonly apollo: GatewayInterface;
  readonly validationRule: ValidationRule;
  /** Whether a document was found valid for the graph that is in force now. */
  isCurrent(document: DocumentNode): boolean;
  /** Executes a query that is current, past Apollo. */
  readonly run: Execute;
  /** What the directives let the caller reach, of the graph in force. Rejects with SERVICE_UNAVAILABLE. */
  reachOf(context: Context): Promise<Reach>;
  state(): SupergraphState;
  /** Looks no more. */
  stop(): Promise<void>;
}

export interface GatewayOptions {
  readonly source: SupergraphSource;
  /** The supergraph of our own schema alone: for as long as no other was ever had. */
  readonly alone: SupergraphSource;
  readonly pollSeconds: number;
  readonly graph: GraphParts;
  readonly metrics: GatewayMetrics;
  readonly log: Log;
}

const FIRST_SECONDS = 1;
/** Response keys that the parts of a plan use among themselves. */
const RESERVED = /^(?:__|_internal_)/;

/**
 * Keeps a composed graph in force. Another takes its place between two requests, whole: each is served by the graph that
 * it was found valid for. One that fails changes nothing, but that it is told.
 */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const { source, alone, pollSeconds, metrics, log } = options;
  let state: SupergraphState = { state: 'unavailable', reason: 'not composed yet' };
  let told: string | undefined;
  let failing: string | undefined;
  let graph = await createGraph(await alone.load(), options.graph);
  let hasComposed = false;
  const graphs = new WeakMap<GraphQLSchema, Graph>([[graph.schema, graph]]);
  const validFor = new WeakMap<DocumentNode, GraphQLSchema>();
  const listeners = new Set<Parameters<GatewayInterface['onSchemaLoadOrUpdate']>[0]>();
  /** A request that went past Apollo and ended in an error is worded by Apollo, and not executed twice for it. */
  const executed = new WeakMap<Context['origin'], ReturnType<Graph['execute']>>();

  const announce = () => {
    for (const listener of listeners) listener({ apiSchema: graph.schema, coreSupergraphSdl: graph.supergraph });
  };

  async function look(): Promise<void> {
    const supergraph = await source.load();
    if (hasComposed && supergraph === graph.supergraph) return;
    // What failed before fails again, and planning it anew each time is work.
    if (supergraph === failing) throw new SupergraphError(state.reason ?? 'refused', told ?? '');
    failing = supergraph;
    const next = await createGraph(supergraph, options.graph).catch((error: unknown) => {
      throw new SupergraphError(
        'the supergraph cannot be served',
        error instanceof Error ? error.message : String(error),
        error,
      );
    });
    failing = undefined;
    graph = next;
    graphs.set(next.schema, next);
    hasComposed = true;
    metrics.changed();
    log.info({ subgraphs: [...next.measure.ownership.subgraphs.keys()] }, 'a supergraph is in force');
    announce();
  }

  async function refresh(): Promise<void> {
    try {
      await look();
      state = { state: 'ok' };
      told = undefined;
    } catch (error) {
      const { message } = error as Error;
      const reason = error instanceof SupergraphError ? error.reason : 'unknown';
      state = { state: hasComposed ? 'stale' : 'unavailable', reason };
      // Once, and not at every look.
      if (message !== told)
        log.error(
          { reason, detail: message },
          `no other supergraph: ${hasComposed ? 'the last good one goes on' : 'only our own graph is served'}`,
        );
      told = message;
    }
    metrics.looked(state.state);
  }

  let looking = refresh();
  await looking;
  let timer: NodeJS.Timeout;
  const lookAgain = () => {
    // Sooner while there is none: subgraphs often start at the same time, and first ask us for our keys.
    const seconds = hasComposed ? pollSeconds : Math.min(pollSeconds, FIRST_SECONDS);
    timer = setTimeout(() => {
      looking = looking.then(refresh);
      void looking.then(lookAgain);
    }, seconds * 1000).unref();
  };
  lookAgain();

  return {
    apollo: {
      onSchemaLoadOrUpdate(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      async load() {
        announce();
        return {
          executor: async ({ schema, document, operationName, request, context }) => {
            const asked = context as Context;
            const known = executed.get(asked.origin);
            if (known) return known;
            // By the graph that it was validated for, though another may be in force by now.
            return graphs
              .get(schema)!
              .execute({ document, operationName, variables: request.variables, context: asked });
          },
        };
      },
      stop: async () => undefined,
    },
    validationRule: (context) => ({
      Document: (document) => void validFor.set(document, context.getSchema()),
      Field({ alias }) {
        if (!alias || !RESERVED.test(alias.value)) return;
        context.reportError(new GraphQLError(`The alias ${alias.value} is reserved`, { nodes: alias }));
      },
    }),
    isCurrent: (document) => validFor.get(document) === graph.schema,
    run(document, variables, context) {
      const result = graph.execute({ document, variables, context });
      // Apollo hands on a copy of the context, but not of what is in it.
      executed.set(context.origin, result);
      return result;
    },
    reachOf: (context) => graph.reachOf(context),
    state: () => state,
    async stop() {
      clearTimeout(timer);
      await looking;
      // Whoever was looking has set another.
      clearTimeout(timer);
    },
  };
}
