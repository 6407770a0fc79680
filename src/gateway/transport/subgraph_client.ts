import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import type { Log } from '../../kernel/log.ts';
import { stopwatch } from '../../kernel/metrics.ts';
import { createSemaphore, type Semaphore } from '../../kernel/semaphore.ts';
import { NO_TRACING, type Tracing } from '../../kernel/tracing.ts';
import { createDeadlines } from './deadlines.ts';
import { type CallerIdentity, type Identities, IDENTITY_HEADER } from './identity.ts';
import type { GatewayMetrics } from '../metrics.ts';
import type { SubgraphSettings } from './subgraph_settings.ts';

export interface SubgraphRequest {
  /** The subgraph's name. */
  readonly subgraph: string;
  readonly url: string;
  readonly body: string;
  /** True for queries: they change nothing, so they may be sent twice. */
  readonly idempotent: boolean;
  readonly identity: CallerIdentity;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface SubgraphAnswer {
  readonly status: number;
  readonly text: string;
}

/** Sends requests to subgraphs over HTTP, each with a signed identity. */
export interface SubgraphClient {
  /** Rejects with the cause, which has a message. The caller decides how much of it clients see. */
  post(request: SubgraphRequest): Promise<SubgraphAnswer>;
  /** Aborts the requests in progress, so that a subgraph that hangs cannot delay the shutdown. */
  close(): Promise<void>;
}

export interface SubgraphClientOptions {
  readonly identities: Identities;
  readonly settingsOf: (subgraph: string) => SubgraphSettings;
  readonly metrics?: Pick<GatewayMetrics, 'asked'>;
  readonly tracing?: Tracing;
  readonly log: Log;
}

/** Codes of undici and the system for a request that was not delivered or whose response was lost. */
const CONNECTION_LOST = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_SOCKET']);
const RETRY_MS = 50;

export function createSubgraphClient(options: SubgraphClientOptions): SubgraphClient {
  const { identities, settingsOf, metrics, tracing = NO_TRACING, log } = options;
  const pools = new Map<string, Pool>();
  const semaphores = new Map<string, Semaphore>();
  const deadlines = createDeadlines();
  const underWay = new Map<string, Promise<SubgraphAnswer>>();

  function poolOf(subgraph: string, origin: string): Pool {
    const key = `${subgraph} ${origin}`;
    const known = pools.get(key);
    if (known) return known;
    const { concurrency, maxResponseBytes, timeoutMs } = settingsOf(subgraph);
    // Follows no redirects: a subgraph must not be able to send the gateway, and an identity, to another server.
    const pool = new Pool(origin, {
      connections: concurrency,
      maxResponseSize: maxResponseBytes,
      // The deadline's own signal ends a request. The clock of undici ticks twice a second and would be up to half a
      // second early.
      headersTimeout: 0,
      bodyTimeout: 0,
      connectTimeout: timeoutMs + 1_000,
    });
    pools.set(key, pool);
    return pool;
  }

  function slotsOf(subgraph: string): Semaphore {
    const known = semaphores.get(subgraph) ?? createSemaphore(settingsOf(subgraph).concurrency);
    semaphores.set(subgraph, known);
    return known;
  }

  async function ask(request: SubgraphRequest, signal: AbortSignal): Promise<SubgraphAnswer> {
    const { subgraph, url, body, identity, headers } = request;
    const { origin, pathname, search } = new URL(url);
    const response = await poolOf(subgraph, origin).request({
      method: 'POST',
      path: pathname + search,
      headers: {
        // Comes first, so that tracing cannot overwrite headers that are set on purpose.
        ...tracing.headers(),
        ...headers,
        ...FIXED,
        [IDENTITY_HEADER]: identities.sign(identity, subgraph, body),
      },
      body,
      signal,
    });
    return { status: response.statusCode, text: await response.body.text() };
  }

  async function insist(request: SubgraphRequest, signal: AbortSignal): Promise<SubgraphAnswer> {
    const { subgraph, idempotent } = request;
    const { retries } = settingsOf(subgraph);
    const slots = slotsOf(subgraph);
    for (let attempt = 0; ; attempt += 1) {
      try {
        // Signs a new identity for each attempt, because the subgraph may have seen the previous one. Signs it after
        // the wait for a slot, because an identity that waits would expire.
        return await slots.run(() => ask(request, signal), { signal });
      } catch (error) {
        if (!idempotent || attempt >= retries || !isConnectionLost(error) || signal.aborted) throw worded(error);
        log.debug({ subgraph, err: error }, 'the connection to a subgraph failed, retrying');
        await sleep(RETRY_MS * 2 ** attempt, undefined, { signal }).catch(() => signal.throwIfAborted());
      }
    }
  }

  async function send(request: SubgraphRequest): Promise<SubgraphAnswer> {
    const { subgraph } = request;
    const seconds = stopwatch();
    const asking = () => deadlines.within(settingsOf(subgraph).timeoutMs, (signal) => insist(request, signal));
    let outcome: Parameters<GatewayMetrics['asked']>[1] = 'unreachable';
    try {
      const answer = await tracing.clientStep('subgraph request', { 'gatehouse.subgraph': subgraph }, asking);
      outcome = answer.status < 500 ? 'answered' : 'failed';
      return answer;
    } finally {
      metrics?.asked(subgraph, outcome, seconds());
    }
  }

  function share(request: SubgraphRequest): Promise<SubgraphAnswer> {
    // Requests are shared only if the caller and every header are equal, so that a caller never receives a response
    // that was made for another one.
    const { subgraph, url, identity, headers, body } = request;
    const key = JSON.stringify([subgraph, url, identity, headers]) + body;
    const known = underWay.get(key);
    if (known) return known;
    const answer = send(request).finally(() => {
      // After a mutation, a newer request may have this key.
      if (underWay.get(key) === answer) underWay.delete(key);
    });
    underWay.set(key, answer);
    return answer;
  }

  /**
   * Sends a mutation. Later queries must not share responses from before it, not even those of other subgraphs, because
   * the fields of a mutation's result may come from any subgraph. Requests that share such a response already keep it.
   */
  async function change(request: SubgraphRequest): Promise<SubgraphAnswer> {
    underWay.clear();
    try {
      return await send(request);
    } finally {
      underWay.clear();
    }
  }

  return {
    post: (request) => (request.idempotent ? share(request) : change(request)),
    async close() {
      deadlines.endAll(new Error('The gateway is stopping'));
      await Promise.all([...pools.values()].map((pool) => pool.destroy()));
      pools.clear();
    },
  };
}

const FIXED = {
  'content-type': 'application/json',
  accept: 'application/graphql-response+json, application/json;q=0.9',
};

function isConnectionLost(error: unknown): boolean {
  return CONNECTION_LOST.has(String((error as { code?: unknown }).code));
}

/** Adds a message: if a name has several addresses and none is reachable, the system's error has only a code. */
function worded(error: unknown): unknown {
  const { message, code, name } = error as NodeJS.ErrnoException;
  return message ? error : new Error(code ?? name, { cause: error });
}
