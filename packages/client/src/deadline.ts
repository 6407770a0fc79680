/** A timer of Node; a browser's is a number. */
interface Unreferable {
  unref?(): void;
}

/** Keeps a timer from keeping a program in Node alive that has nothing else to do. */
export function unref(timer: ReturnType<typeof setTimeout>): void {
  (timer as unknown as Unreferable).unref?.();
}

export interface Deadline {
  readonly signal: AbortSignal;
  /** Must be called once the work is over. */
  clear(): void;
}

/**
 * A signal that aborts after a time, and with another signal. Written out, because `AbortSignal.any` and
 * `AbortSignal.timeout` are missing on some platforms.
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
