/** A timer of Node. In a browser it is a number. */
interface Unreferable {
  unref?(): void;
}

/** Allows a Node program to end while the timer runs. */
export function unref(timer: ReturnType<typeof setTimeout>): void {
  (timer as unknown as Unreferable).unref?.();
}

export interface Deadline {
  readonly signal: AbortSignal;
  /** Releases the timer. Call it when the work is done. */
  clear(): void;
}

/**
 * Creates a signal that aborts after a time, or with another signal. Some platforms lack `AbortSignal.any` and
 * `AbortSignal.timeout`.
 */
export function createDeadline(milliseconds: number, signal?: AbortSignal): Deadline {
  const controller = new AbortController();
  const abort = () => controller.abort();
  const timer = setTimeout(abort, milliseconds);
  unref(timer);
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort);
  return {
    signal: controller.signal,
    clear() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    },
  };
}
