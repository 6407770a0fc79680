import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';

const storage = new AsyncLocalStorage<string>();

/** Runs a request under an id of its own, which every log line and error made on its way carries. */
export function withRequestId<T>(work: (id: string) => T): T {
  const id = randomUUID();
  return storage.run(id, () => work(id));
}

/** The id of the request being served, or undefined outside of one. */
export function requestId(): string | undefined {
  return storage.getStore();
}
