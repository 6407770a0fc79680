/** How one subgraph is spoken to. */
export interface SubgraphSettings {
  /** For one request from its start to the last byte of the answer, waiting and repeating included. */
  readonly timeoutMs: number;
  /** Requests at once; more wait. */
  readonly concurrency: number;
  readonly maxResponseBytes: number;
  /** How often a query is sent again where the connection broke. */
  readonly retries: number;
  /** The client's headers that go along, in lower case. */
  readonly headers: readonly string[];
  /** Whether the client's own `Authorization` goes along: a subgraph could act as the user with it. */
  readonly forwardToken: boolean;
  /** Whether clients are told the messages of the subgraph's own errors. */
  readonly exposeErrors: boolean;
}

const DEFAULTS: SubgraphSettings = {
  timeoutMs: 10_000,
  concurrency: 100,
  maxResponseBytes: 10 * 1024 * 1024,
  retries: 2,
  headers: [],
  forwardToken: false,
  exposeErrors: false,
};

/** What an operator says of a subgraph. */
export type SubgraphOptions = { readonly [name in keyof SubgraphSettings]?: SubgraphSettings[name] | undefined };

/** The settings of each subgraph: what is said of it, or of all (`*`), or else the defaults. */
export function createSettings(
  options: Readonly<Record<string, SubgraphOptions>>,
): (subgraph: string) => SubgraphSettings {
  const known = new Map<string, SubgraphSettings>();
  return (subgraph) => {
    let settings = known.get(subgraph);
    if (!settings)
      known.set(subgraph, (settings = { ...DEFAULTS, ...options['*'], ...options[subgraph] } as SubgraphSettings));
    return settings;
  };
}
