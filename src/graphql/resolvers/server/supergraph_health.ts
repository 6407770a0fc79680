/** How it stands with the gateway and the subgraphs behind it. */
export interface SupergraphHealth {
  readonly state: 'ok' | 'stale' | 'unavailable';
  readonly reason: string | null;
  readonly changedAt: Date | null;
  readonly subgraphs: readonly SubgraphHealth[];
}

/** What a subgraph answered when it was asked last. */
export interface SubgraphHealth {
  readonly name: string;
  readonly url: string;
  readonly composed: boolean;
  /** Null where it answers. */
  readonly reason: string | null;
  readonly milliseconds: number | null;
}
