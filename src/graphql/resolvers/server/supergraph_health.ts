/** The state of the gateway and of its subgraphs. */
export interface SupergraphHealth {
  readonly state: 'ok' | 'stale' | 'unavailable';
  readonly reason: string | null;
  readonly changedAt: Date | null;
  readonly subgraphs: readonly SubgraphHealth[];
}

/** The result of the last health check of a subgraph. */
export interface SubgraphHealth {
  readonly name: string;
  readonly url: string;
  readonly composed: boolean;
  /** The reason why the subgraph is down; null if it is up. */
  readonly reason: string | null;
  readonly milliseconds: number | null;
}
