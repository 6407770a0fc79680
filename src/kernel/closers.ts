type Close = () => Promise<unknown> | void;

/** Closes opened resources in reverse order, as `AsyncDisposableStack` does, which Node 22 lacks. */
export interface Closers {
  defer(close: Close): void;
  /** Closes all resources, then throws the first failure. A second call has nothing left to close. */
  close(): Promise<void>;
}

/**
 * Opens resources one after another. If a step fails, the earlier ones are closed and nothing is left open.
 * @throws the error of the step, even if closing fails as well
 */
export async function openAll<T>(open: (closers: Closers) => Promise<T>): Promise<T> {
  const closers = createClosers();
  try {
    return await open(closers);
  } catch (error) {
    await closers.close().catch(() => undefined);
    throw error;
  }
}

function createClosers(): Closers {
  const deferred: Close[] = [];
  return {
    defer: (close) => void deferred.push(close),
    async close() {
      const failures: unknown[] = [];
      for (const close of deferred.splice(0).reverse()) {
        try {
          await close();
        } catch (error) {
          failures.push(error);
        }
      }
      if (failures.length > 0) throw failures[0];
    },
  };
}
