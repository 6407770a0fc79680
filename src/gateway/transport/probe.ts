import type { SubgraphHealth } from '../../graphql/resolvers/server/supergraph_health.ts';
import type { Clock } from '../../kernel/clock.ts';
import { withTimeout } from '../../kernel/timeouts.ts';
import type { SubgraphClient } from './subgraph_client.ts';
import type { SubgraphAddress } from '../composition/supergraph.ts';

/** The timeout of a probe, and how long its result is reused, for a page that shows subgraphs. */
const PATIENCE_MS = 3_000;
const KEPT_MS = 5_000;
const PROBE = JSON.stringify({ query: '{ __typename }' });

type Probe = Pick<SubgraphHealth, 'reason' | 'milliseconds'>;

/**
 * Creates a probe that checks whether a subgraph responds, without a caller's identity. Results are reused for {@link
 * KEPT_MS}, so that many viewers of a page cost a subgraph one request. Never rejects.
 */
export function createProbe(
  client: Pick<SubgraphClient, 'post'>,
  clock: Clock,
): (subgraph: SubgraphAddress) => Promise<Probe> {
  const kept = new Map<string, { readonly at: number; readonly probe: Promise<Probe> }>();

  async function ask({ name: subgraph, url }: SubgraphAddress): Promise<Probe> {
    const start = performance.now();
    const request = { subgraph, url, body: PROBE, idempotent: true, identity: {}, headers: {} };
    try {
      const { status, text } = await withTimeout(PATIENCE_MS, client.post(request));
      if (!isAnswer(text)) throw new Error(`Not a GraphQL response (status ${status})`);
      return { reason: null, milliseconds: Math.round(performance.now() - start) };
    } catch (error) {
      return { reason: error instanceof Error ? error.message : String(error), milliseconds: null };
    }
  }

  return ({ name, url }) => {
    const key = `${name} ${url}`;
    const known = kept.get(key);
    // Compares in both directions: after the clock was set back, a result must not be kept for hours.
    if (known && Math.abs(clock() - known.at) < KEPT_MS) return known.probe;
    const probe = ask({ name, url });
    kept.set(key, { at: clock(), probe });
    return probe;
  };
}

function isAnswer(text: string): boolean {
  try {
    const { data } = JSON.parse(text) as { readonly data?: { readonly __typename?: unknown } | null };
    return typeof data?.__typename === 'string';
  } catch {
    return false;
  }
}
