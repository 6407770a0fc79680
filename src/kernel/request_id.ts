import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';

const storage = new AsyncLocalStorage<string>();

/** Returns a new request id. */
export const makeRequestId = (): string => randomUUID();

/**
 * Runs `work` under a request's id, which all its log lines and errors carry. A known query
 * (`graphql/known_queries.ts`) gets its id only when it has something to log, because the context slows down every
 * promise.
 */
export function withRequestId<T>(id: string, work: () => T): T {
  return storage.run(id, work);
}

/** Returns the id of the current request; undefined outside of a request. */
export function requestId(): string | undefined {
  return storage.getStore();
}
