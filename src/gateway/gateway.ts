import { setTimeout as sleep } from 'node:timers/promises';
import type { GatewayInterface } from '@apollo/server-gateway-interface';
import { type DocumentNode, GraphQLError, type GraphQLSchema, type ValidationRule } from 'graphql';
import type { Context } from '../graphql/server/context.ts';
import type { ExecuteQuery } from '../graphql/server/known_queries.ts';
import type { FieldVisibility } from '../graphql/rules/field_visibility.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import { createGraph, type Graph, type GraphServices } from './graph.ts';
import type { SupergraphStore } from './composition/supergraph_store.ts';
import type { GatewayMetrics } from './metrics.ts';
import type { SupergraphSource, SupergraphStatus } from './composition/supergraph.ts';
import { SupergraphError } from './composition/supergraph_error.ts';

export interface Gateway {
  /** The interface that Apollo Server uses. */
  readonly apollo: GatewayInterface;
  readonly validationRule: ValidationRule;
  /** Returns true if a document was validated for the active graph. */
  isCurrent(document: DocumentNode): boolean;
  /** Executes a query on the active graph without Apollo Server. Requires `isCurrent`. */
  readonly run: ExecuteQuery;
  /** Returns the fields of the active graph that the caller may read. Rejects with SERVICE_UNAVAILABLE. */
  visibilityOf(context: Context): Promise<FieldVisibility>;
  state(): SupergraphStatus;
  /**
   * Returns since when the composed graph is active, and its subgraphs' addresses by name. Null before the first
   * composition.
   */
  inForce(): { readonly since: Date; readonly subgraphs: ReadonlyMap<string, string> } | null;
  /** Stops looking for new supergraphs. */
  stop(): Promise<void>;
}

export interface GatewayOptions {
  readonly source: SupergraphSource;
  /** The supergraph of our schema only. It is active until another one was loaded. */
  readonly alone: SupergraphSource;
  /** The last valid supergraph of earlier processes, for a start while a subgraph is unavailable. */
  readonly last: SupergraphStore;
  readonly pollSeconds: number;
  readonly graph: GraphServices;
  readonly metrics: GatewayMetrics;
  readonly clock: Clock;
  readonly log: Log;
}

const FIRST_SECONDS = 1;
/** The longest wait for subgraphs at the start. A subgraph that hangs must not delay clients that use others. */
const PATIENCE_MS = 2_000;
/** Response keys that the parts of a plan use internally. */
const RESERVED = /^(?:__|_internal_)/;

/**
 * Holds the active graph. A new one replaces it atomically, and each request uses the graph that it was validated for.
 * A failed load keeps the active graph and is logged.
 */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const { source, alone, last, pollSeconds, metrics, clock, log } = options;
  let state: SupergraphStatus = { state: 'unavailable', reason: 'not composed yet' };
  let told: string | undefined;
  let failed: { readonly supergraph: string; readonly error: SupergraphError } | undefined;
  /** True once the newest supergraph was active. */
  let hasBeenCurrent = false;
  let isFirst = true;
  let stopped = false;
  const ownAlone = await createGraph(await alone.load(), options.graph);
  let graph = ownAlone;
  let since = new Date(clock());
  const hasComposed = () => graph !== ownAlone;
  const graphs = new WeakMap<GraphQLSchema, Graph>([[graph.schema, graph]]);
  /**
   * Weak, because documents are cached longer than the graph that they were validated for, and must not keep it in
   * memory.
   */
  const validFor = new WeakMap<DocumentNode, WeakRef<GraphQLSchema>>();
  const listeners = new Set<Parameters<GatewayInterface['onSchemaLoadOrUpdate']>[0]>();
  /**
   * Results of requests that skipped Apollo Server. If one has errors, Apollo Server formats it and must not execute it
   * again.
   */
  const executed = new WeakMap<Context['origin'], ReturnType<Graph['execute']>>();

  const announce = ({ schema, supergraph }: Graph) => {
    for (const listener of listeners) listener({ apiSchema: schema, coreSupergraphSdl: supergraph });
  };

  function putInForce(next: Graph): void {
    graphs.set(next.schema, next);
    // Announces first: Apollo Server rejects a graph that it cannot serve, and the previous one then stays active here
    // too.
    announce(next);
    graph = next;
    since = new Date(clock());
    metrics.changed();
    log.info({ subgraphs: [...next.measure.ownership.subgraphs.keys()] }, 'supergraph activated');
  }

  async function look(): Promise<void> {
    const supergraph = await source.load();
    if (hasComposed() && supergraph === graph.supergraph) return;
    // The same supergraph would fail again, and creating its planner is expensive.
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
    await last.save(supergraph);
  }

  async function refresh(): Promise<void> {
    try {
      await look();
      state = { state: 'ok' };
      hasBeenCurrent = true;
      told = undefined;
    } catch (error) {
      // The stop has aborted the requests for the schemas.
      if (stopped) return;
      const { message } = error as Error;
      const reason = error instanceof SupergraphError ? error.reason : 'unknown';
      state = { state: hasComposed() ? 'stale' : 'unavailable', reason };
      if (isFirst) {
        // Subgraphs that verify identities need the gateway's keys first, which are served once the server listens.
        log.info({ reason, detail: message }, 'no supergraph yet, retrying once the server listens');
      } else if (message !== told) {
        // Logged once, not at every poll.
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

  /** Activates the supergraph of an earlier process while none is composed. */
  async function resume(): Promise<void> {
    const supergraph = await last.load();
    if (supergraph === null) return;
    const earlier = await createGraph(supergraph, options.graph).catch((error: unknown) => {
      log.warn({ err: error }, 'the supergraph of an earlier run cannot be used');
    });
    // The first load may have finished meanwhile.
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
    // Polls faster at the start, because subgraphs often start at the same time and first fetch the gateway's keys.
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
            // Uses the graph that the document was validated for, which may no longer be the active one.
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
      // Keyed by `origin`, because Apollo Server copies the context but not the objects in it.
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
