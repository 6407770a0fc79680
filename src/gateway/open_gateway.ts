import type { GraphQLSchema } from 'graphql';
import type { SupergraphHealth } from '../graphql/resolvers/server/supergraph_health.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import type { Metrics } from '../kernel/metrics.ts';
import type { Tracing } from '../kernel/tracing.ts';
import type { Database } from '../store/database/database.ts';
import { createCallers } from './authorization/callers.ts';
import { createExecutor } from './execution/executor.ts';
import { createGateway, type Gateway } from './gateway.ts';
import type { Unauthorized } from './graph.ts';
import { createProbe } from './transport/probe.ts';
import type { Identities } from './transport/identity.ts';
import { createSupergraphStore } from './composition/supergraph_store.ts';
import { createGatewayMetrics } from './metrics.ts';
import { createOwnCheck } from './composition/own_schema.ts';
import { OWN } from './composition/ownership.ts';
import { choosePlanner, type PlannerKind } from './planning/planner.ts';
import { loadPolicies } from './authorization/policies.ts';
import { createSettings, type SubgraphOptions } from './transport/subgraph_settings.ts';
import { createSubgraphClient, type SubgraphClient } from './transport/subgraph_client.ts';
import { fromFile, fromSubgraphs, type SubgraphAddress } from './composition/supergraph.ts';

export interface OpenGatewayOptions {
  readonly config: {
    readonly subgraphs: readonly SubgraphAddress[] | null;
    readonly supergraphFile: string | null;
    readonly pollSeconds: number;
    readonly unauthorized: Unauthorized;
    readonly policiesFile: string | undefined;
    readonly settings: Readonly<Record<string, SubgraphOptions>>;
  };
  readonly identities: Identities;
  /** Our own schema with its access rules, and its SDL with the federation directives. */
  readonly own: { readonly schema: GraphQLSchema; readonly text: string };
  /** Stores the last valid supergraph. */
  readonly database: Pick<Database, 'run'>;
  /** Returns when a session began, by its id; null if the session has ended. */
  readonly signedInAt: (sid: string) => Promise<Date | null>;
  /** Default: the planner that this machine can run. */
  readonly planner?: PlannerKind;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
  readonly clock: Clock;
  readonly log: Log;
}

export interface OpenGateway extends Gateway {
  /** Returns the state of the supergraph and of each subgraph. Never rejects. */
  health(): Promise<SupergraphHealth>;
  close(): Promise<void>;
}

/**
 * Opens the gateway in front of other teams' subgraphs. An unavailable subgraph does not prevent the start.
 * @throws a plain Error for the operator if the gateway cannot be created
 */
export async function openGateway(options: OpenGatewayOptions): Promise<OpenGateway> {
  const { config, database, identities, own, signedInAt, tracing, clock, log } = options;
  const policies = await loadPolicies(config.policiesFile);
  const planner = options.planner ?? (await choosePlanner());
  if (planner === 'javascript') {
    log.warn('The query planner has no binary for this platform. The slower JavaScript planner is used');
  }
  const settingsOf = createSettings(config.settings);
  const metrics = createGatewayMetrics(options.metrics);
  const client = createSubgraphClient({ identities, settingsOf, metrics, tracing, log });
  const alone = fromSubgraphs([], own.text, unreachable);
  const source =
    config.supergraphFile === null
      ? fromSubgraphs(config.subgraphs ?? [], own.text, schemaBy(client))
      : fromFile(config.supergraphFile);
  const gateway = await createGateway({
    source,
    alone,
    last: createSupergraphStore(database, [config.subgraphs ?? config.supergraphFile, own.text], { clock, log }),
    pollSeconds: config.pollSeconds,
    graph: {
      own: own.schema,
      checkOwn: createOwnCheck(own.text),
      fetch: createExecutor({ own: own.schema, client, settingsOf, log }),
      callers: createCallers(signedInAt, clock),
      policies,
      unauthorized: config.unauthorized,
      planner,
      onRefused: (_coordinate, layer) => metrics.refused(layer),
      log,
    },
    metrics,
    clock,
    log,
  });
  const probe = createProbe(client, clock);

  async function health(): Promise<SupergraphHealth> {
    const { state, reason = null } = gateway.state();
    const inForce = gateway.inForce();
    // With a supergraph file, only the active graph names the subgraphs.
    const known =
      config.subgraphs ??
      [...(inForce?.subgraphs ?? [])].map(([name, url]) => ({ name, url })).filter(({ name }) => name !== OWN);
    const subgraphs = known.map(async (subgraph) => ({
      ...subgraph,
      composed: inForce?.subgraphs.has(subgraph.name) ?? false,
      ...(await probe(subgraph)),
    }));
    return { state, reason, changedAt: inForce?.since ?? null, subgraphs: await Promise.all(subgraphs) };
  }

  return {
    ...gateway,
    health,
    async close() {
      // Closes the client too, which aborts requests for schemas.
      await Promise.all([gateway.stop(), client.close()]);
    },
  };
}

const unreachable = () => Promise.reject(new Error('there are no other subgraphs'));

const SCHEMA_QUERY = JSON.stringify({ query: '{ _service { sdl } }' });

/** Fetches the schema of a subgraph, without a caller's identity. */
function schemaBy(client: SubgraphClient) {
  return async ({ name: subgraph, url }: SubgraphAddress): Promise<string> => {
    const request = { subgraph, url, body: SCHEMA_QUERY, idempotent: true, identity: {}, headers: {} };
    const { status, text } = await client.post(request);
    const { data, errors } = answerIn(text);
    const sdl = data?._service?.sdl;
    if (typeof sdl === 'string') return sdl;
    const why = Array.isArray(errors) ? (errors[0] as Error | undefined)?.message : undefined;
    throw new Error([`no _service { sdl } in the response (status ${status})`, why ?? []].flat().join(': '));
  };
}

interface SchemaAnswer {
  readonly data?: { readonly _service?: { readonly sdl?: unknown } } | null;
  readonly errors?: unknown;
}

/** Returns an empty object for text that is not JSON, such as a proxy's page. */
function answerIn(text: string): SchemaAnswer {
  try {
    return (JSON.parse(text) ?? {}) as SchemaAnswer;
  } catch {
    return {};
  }
}
