import { write, writeSync } from 'node:fs';
import type { DestinationStream } from 'pino';

/** How much of the log is held back, and how long at most: what a process that is killed outright may take with it. */
const BUFFERED_BYTES = 4096;
const FLUSH_MS = 100;
/** How long the last flush tries where the reader is slow. */
const LAST_MS = 1_000;
/** A write that takes so long has a reader that reads no more. */
const STUCK_MS = 1_000;
/** Characters held back while a write waits for its reader; lines beyond are dropped, and counted. */
export const MOST_HELD = 16 * 1024 * 1024;
const BUSY = /^(EAGAIN|EBUSY)$/;
const DROPPED = 'lines of the log were dropped: its reader was too slow';

export interface Output extends DestinationStream {
  /** Writes what is held back, as far as the reader takes it. Never throws: without a reader it is dropped. */
  flushSync(): void;
  /** Whether a write waits for its reader, and has for a while. */
  readonly isStuck: () => boolean;
}

/**
 * A file descriptor for log lines. A write for every line would cost a request more than looking its token up.
 * pino's own destination repeats the last flush for ever where the reader has gone (EPIPE), and the process never ends.
 */
export function openOutput(fd: number): Output {
  let held: string[] = [];
  let length = 0;
  let dropped = 0;
  /** When the write began that is under way. */
  let writing: number | undefined;
  const isStuck = () => writing !== undefined && performance.now() - writing > STUCK_MS;
  let gone = false;
  const timer = setInterval(flush, FLUSH_MS).unref();

  function take(): Buffer {
    const note = dropped > 0 ? `${JSON.stringify({ level: 40, time: Date.now(), dropped, msg: DROPPED })}\n` : '';
    const bytes = Buffer.from(held.join('') + note);
    held = [];
    length = 0;
    dropped = 0;
    return bytes;
  }
  function flush(): void {
    if (writing === undefined && length > 0) send(take());
  }
  function send(bytes: Buffer): void {
    writing = performance.now();
    write(fd, bytes, (error, written) => {
      writing = undefined;
      if (error !== null && !BUSY.test(error.code ?? '')) return lose();
      const rest = error === null ? bytes.subarray(written) : bytes;
      if (rest.length === 0) return;
      if (error === null) return send(rest);
      held.unshift(rest.toString());
      length += rest.length;
    });
  }
  function lose(): void {
    gone = true;
    take();
    clearInterval(timer);
  }

  return {
    write(line) {
      if (gone) return;
      if (length >= MOST_HELD) {
        dropped += 1;
        return;
      }
      held.push(line);
      length += line.length;
      if (length >= BUFFERED_BYTES) flush();
    },
    flushSync() {
      // Behind a write that waits for its reader another one would wait as long.
      if (gone || isStuck()) return;
      let bytes = take();
      for (const until = performance.now() + LAST_MS; bytes.length > 0 && performance.now() < until;) {
        try {
          bytes = bytes.subarray(writeSync(fd, bytes));
        } catch (error) {
          if (!BUSY.test((error as NodeJS.ErrnoException).code ?? '')) return lose();
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
        }
      }
    },
    isStuck,
  };
}
