import { Counter, Gauge, Histogram } from 'prom-client';
import { type Metrics, SECONDS } from '../kernel/metrics.ts';
import type { SupergraphStatus } from './composition/supergraph.ts';

/** The metrics of the gateway. */
export interface GatewayMetrics {
  /** Counts a load of the supergraph, by the resulting state. */
  looked(state: SupergraphStatus['state']): void;
  /** Counts an activation of another supergraph. */
  changed(): void;
  refused(layer: string): void;
  /** Records a request to a subgraph. `failed`: status 5xx; `unreachable`: no response, or a late one. */
  asked(subgraph: string, outcome: 'answered' | 'failed' | 'unreachable', seconds: number): void;
}

/** Creates the gateway's metrics. @param registry the registry that `/metrics` exposes */
export function createGatewayMetrics(registry: Metrics): GatewayMetrics {
  const registers = [registry];
  const current = new Gauge({
    name: 'gatehouse_supergraph_current',
    help: '1 while the newest supergraph is active, 0 when its composition failed',
    aggregator: 'min',
    registers,
  });
  const looks = new Counter({
    name: 'gatehouse_supergraph_compositions_total',
    help: 'Supergraph loads, by the resulting state',
    labelNames: ['state'],
    registers,
  });
  const changed = new Gauge({
    name: 'gatehouse_supergraph_changed_timestamp_seconds',
    help: 'Time at which the active supergraph was activated',
    aggregator: 'max',
    registers,
  });
  const refused = new Counter({
    name: 'gatehouse_unauthorized_fields_total',
    help: 'Unauthorized federated fields in operations, by the directive that refused them',
    labelNames: ['layer'],
    registers,
  });
  const requests = new Counter({
    name: 'gatehouse_subgraph_requests_total',
    help: 'Requests to subgraphs, by outcome. A retried or shared request counts once',
    labelNames: ['subgraph', 'outcome'],
    registers,
  });
  const durations = new Histogram({
    name: 'gatehouse_subgraph_request_duration_seconds',
    help: 'Duration of requests to subgraphs, including queueing and retries',
    labelNames: ['subgraph'],
    buckets: SECONDS,
    registers,
  });
  return {
    looked(state) {
      current.set(state === 'ok' ? 1 : 0);
      looks.inc({ state });
    },
    changed: () => changed.setToCurrentTime(),
    refused: (layer) => refused.inc({ layer }),
    asked(subgraph, outcome, seconds) {
      requests.inc({ subgraph, outcome });
      durations.observe({ subgraph }, seconds);
    },
  };
}
