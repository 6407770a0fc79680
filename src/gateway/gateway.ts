import { setTimeout as sleep } from 'node:timers/promises';
import type { GatewayInterface } from '@apollo/server-gateway-interface';
import { type DocumentNode, GraphQLError, type GraphQLSchema, type ValidationRule } from 'graphql';
import type { Context } from '../graphql/server/context.ts';
import type { Execute } from '../graphql/server/known_queries.ts';
import type { FieldVisibility } from '../graphql/rules/field_visibility.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import { createGraph, type Graph, type GraphServices } from './graph.ts';
import type { LastSupergraph } from './composition/last_supergraph.ts';
import type { GatewayMetrics } from './metrics.ts';
import type { SupergraphSource, SupergraphState } from './composition/supergraph.ts';
import { SupergraphError } from './composition/supergraph_error.ts';

export interface Gateway {
  /** For Apollo Server. */
  readonly apollo: GatewayInterface;
  readonly validationRule: ValidationRule;
  /** Whether a document was found valid for the graph that is in force now. */
  isCurrent(document: DocumentNode): boolean;
  /** Executes a query that is current, past Apollo. */
  readonly run: Execute;
  /** What the directives let the caller reach, of the graph in force. Rejects with SERVICE_UNAVAILABLE. */
  visibilityOf(context: Context): Promise<FieldVisibility>;
  state(): SupergraphState;
  /** The composed graph in force: since when, and the addresses of its subgraphs by name. Null where there is none. */
  inForce(): { readonly since: Date; readonly subgraphs: ReadonlyMap<string, string> } | null;
  /** Looks no more. */
  stop(): Promise<void>;
}

export interface GatewayOptions {
  readonly source: SupergraphSource;
  /** The supergraph of our own schema alone: for as long as no other was ever had. */
  readonly alone: SupergraphSource;
  /** The last good one of earlier processes, for a start beside a subgraph that is away. */
  readonly last: LastSupergraph;
  readonly pollSeconds: number;
  readonly graph: GraphServices;
  readonly metrics: GatewayMetrics;
  readonly clock: Clock;
  readonly log: Log;
}

const FIRST_SECONDS = 1;
/** How long a start waits for subgraphs: whoever needs no other is not to wait for one that hangs. */
const PATIENCE_MS = 2_000;
/** Response keys that the parts of a plan use among themselves. */
const RESERVED = /^(?:__|_internal_)/;

/**
 * Keeps a composed graph in force. Another takes its place between two requests, whole: each is served by the graph that
 * it was found valid for. One that fails changes nothing, but that it is told.
 */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const { source, alone, last, pollSeconds, metrics, clock, log } = options;
  let state: SupergraphState = { state: 'unavailable', reason: 'not composed yet' };
  let told: string | undefined;
  let failed: { readonly supergraph: string; readonly error: SupergraphError } | undefined;
  /** Whether the newest was ever in force. */
  let hasBeenCurrent = false;
  let isFirst = true;
  let stopped = false;
  const ownAlone = await createGraph(await alone.load(), options.graph);
  let graph = ownAlone;
  let since = new Date(clock());
  const hasComposed = () => graph !== ownAlone;
  const graphs = new WeakMap<GraphQLSchema, Graph>([[graph.schema, graph]]);
  /** Documents are kept for longer than the graph that they were valid for, and must not keep it. */
  const validFor = new WeakMap<DocumentNode, WeakRef<GraphQLSchema>>();
  const listeners = new Set<Parameters<GatewayInterface['onSchemaLoadOrUpdate']>[0]>();
  /** A request that went past Apollo and ended in an error is worded by Apollo, and not executed twice for it. */
  const executed = new WeakMap<Context['origin'], ReturnType<Graph['execute']>>();

  const announce = ({ schema, supergraph }: Graph) => {
    for (const listener of listeners) listener({ apiSchema: schema, coreSupergraphSdl: supergraph });
  };

  function putInForce(next: Graph): void {
    graphs.set(next.schema, next);
    // First of all: Apollo refuses what it cannot serve, and then the one before goes on here too.
    announce(next);
    graph = next;
    since = new Date(clock());
    metrics.changed();
    log.info({ subgraphs: [...next.measure.ownership.subgraphs.keys()] }, 'supergraph activated');
  }

  async function look(): Promise<void> {
    const supergraph = await source.load();
    if (hasComposed() && supergraph === graph.supergraph) return;
    // What failed before fails again, and planning it anew each time is work.
    if (supergraph === failed?.supergraph) throw failed.error;
    try {
      putInForce(await createGraph(supergraph, options.graph));
    } catch (cause) {
      const error =
        cause instanceof SupergraphError
          ? cause
          : new SupergraphError('the supergraph cannot be served', (cause as Error).message, cause);
      failed = { supergraph, error };
      throw error;
    }
    failed = undefined;
    await last.keep(supergraph);
  }

  async function refresh(): Promise<void> {
    try {
      await look();
      state = { state: 'ok' };
      hasBeenCurrent = true;
      told = undefined;
    } catch (error) {
      // What was asked for the schemas hung up at the stop.
      if (stopped) return;
      const { message } = error as Error;
      const reason = error instanceof SupergraphError ? error.reason : 'unknown';
      state = { state: hasComposed() ? 'stale' : 'unavailable', reason };
      if (isFirst) {
        // Subgraphs that check identities need our keys to answer, and those are served when the server listens.
        log.info({ reason, detail: message }, 'no supergraph yet, retrying once the server listens');
      } else if (message !== told) {
        // Once, and not at every look.
        log.error(
          { reason, detail: message },
          `cannot load the supergraph: ${hasComposed() ? 'the last valid one stays active' : 'only the schema of Gatehouse is served'}`,
        );
        told = message;
      }
    }
    isFirst = false;
    metrics.looked(state.state);
  }

  /** Where there is none yet, what an earlier process had. */
  async function resume(): Promise<void> {
    const supergraph = await last.recall();
    if (supergraph === null) return;
    const earlier = await createGraph(supergraph, options.graph).catch((error: unknown) => {
      log.warn({ err: error }, 'the supergraph of an earlier run cannot be used');
    });
    // The first look may have come to its end meanwhile.
    if (!earlier || hasComposed()) return;
    putInForce(earlier);
    state = { ...state, state: 'stale' };
    log.warn({ reason: state.reason }, 'using the last valid supergraph of an earlier run');
  }

  let looking = refresh();
  await Promise.race([looking, sleep(PATIENCE_MS, undefined, { ref: false })]);
  if (!hasComposed()) await resume();
  let timer: NodeJS.Timeout | undefined;
  const lookAgain = () => {
    if (stopped) return;
    // Sooner at the start: subgraphs often start at the same time, and first ask us for our keys.
    const seconds = hasBeenCurrent ? pollSeconds : Math.min(pollSeconds, FIRST_SECONDS);
    timer = setTimeout(() => {
      looking = refresh();
      void looking.then(lookAgain);
    }, seconds * 1000).unref();
  };
  void looking.then(lookAgain);

  return {
    apollo: {
      onSchemaLoadOrUpdate(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      async load() {
        announce(graph);
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
      Document: (document) => void validFor.set(document, new WeakRef(context.getSchema())),
      Field({ alias }) {
        if (!alias || !RESERVED.test(alias.value)) return;
        context.reportError(new GraphQLError(`The alias ${alias.value} is reserved`, { nodes: alias }));
      },
    }),
    isCurrent: (document) => validFor.get(document)?.deref() === graph.schema,
    run(document, variables, context) {
      const result = graph.execute({ document, variables, context });
      // Apollo hands on a copy of the context, but not of what is in it.
      executed.set(context.origin, result);
      return result;
    },
    visibilityOf: (context) => graph.visibilityOf(context),
    state: () => state,
    inForce: () => (hasComposed() ? { since, subgraphs: graph.measure.ownership.subgraphs } : null),
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await looking;
    },
  };
}
