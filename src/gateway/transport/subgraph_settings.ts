/** The settings of the connection to one subgraph. */
export interface SubgraphSettings {
  /** The limit for one request until the last byte of the response, including waiting and retries. */
  readonly timeoutMs: number;
  /** The number of simultaneous requests; further ones wait. */
  readonly concurrency: number;
  readonly maxResponseBytes: number;
  /** How often a query is sent again after a broken connection. */
  readonly retries: number;
  /** The client's headers that are forwarded, in lower case. */
  readonly headers: readonly string[];
  /** Forwards the client's `Authorization` header. A subgraph could then act as the user. */
  readonly forwardToken: boolean;
  /** Shows the messages of the subgraph's errors to clients. */
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

/** The operator's settings of a subgraph. */
export type SubgraphOptions = { readonly [name in keyof SubgraphSettings]?: SubgraphSettings[name] | undefined };

/** Returns the settings of each subgraph: its own options, then those of `*`, then the defaults. */
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
