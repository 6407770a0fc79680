import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';

const storage = new AsyncLocalStorage<string>();

/** The id of one request. */
export const makeRequestId = (): string => randomUUID();

/**
 * Runs what is done for a request under its id, which every log line and error made on its way carries. A known query
 * (`graphql/known_queries.ts`) goes without until something is to be said: it costs every promise of its way.
 */
export function withRequestId<T>(id: string, work: () => T): T {
  return storage.run(id, work);
}

/** The id of the request being served, or undefined outside of one. */
export function requestId(): string | undefined {
  return storage.getStore();
}
