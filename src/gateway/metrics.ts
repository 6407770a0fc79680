import { Counter, Gauge } from 'prom-client';
import type { Metrics } from '../kernel/metrics.ts';
import type { SupergraphState } from './supergraph.ts';

/** What the gateway counts. */
export interface GatewayMetrics {
  /** It looked whether there is another supergraph. */
  looked(state: SupergraphState['state']): void;
  /** Another one is in force. */
  changed(): void;
  refused(layer: string): void;
}

export function createGatewayMetrics(registry: Metrics): GatewayMetrics {
  const registers = [registry];
  const current = new Gauge({
    name: 'gatehouse_supergraph_current',
    help: 'Whether the newest supergraph is the one in force: 0 where its composition failed',
    registers,
  });
  const looks = new Counter({
    name: 'gatehouse_supergraph_compositions_total',
    help: 'Times a supergraph was looked for, by how it stood afterwards',
    labelNames: ['state'],
    registers,
  });
  const changed = new Gauge({
    name: 'gatehouse_supergraph_changed_timestamp_seconds',
    help: 'When the supergraph in force was put there',
    registers,
  });
  const refused = new Counter({
    name: 'gatehouse_unauthorized_fields_total',
    help: 'Federated fields that somebody asked for and may not have, by the directive that said no',
    labelNames: ['layer'],
    registers,
  });
  return {
    looked(state) {
      current.set(state === 'ok' ? 1 : 0);
      looks.inc({ state });
    },
    changed: () => changed.setToCurrentTime(),
    refused: (layer) => refused.inc({ layer }),
  };
}
