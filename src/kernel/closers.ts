type Close = () => Promise<unknown> | void;

/** Closes what was opened, in reverse order: `AsyncDisposableStack`, which Node 22 lacks. */
export interface Closers {
  defer(close: Close): void;
  /** Closes everything, and then throws the first failure. A second call finds nothing to close. */
  close(): Promise<void>;
}

/**
 * Opens one thing after another. Where a step fails, those before it are closed and nothing is left open.
 * @throws the error of the step, whatever the closing throws
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
