import { write, writeSync } from 'node:fs';
import type { DestinationStream } from 'pino';

/** The most bytes and milliseconds of log lines that are buffered. A process that is killed may lose them. */
const BUFFERED_BYTES = 4096;
const FLUSH_MS = 100;
/** Milliseconds in which the last flush keeps trying while the reader is slow. */
const LAST_MS = 1_000;
/** A write that takes longer has a reader that stopped reading. */
const STUCK_MS = 1_000;
/** Characters buffered while a write waits for its reader. Further lines are dropped and counted. */
export const MOST_HELD = 16 * 1024 * 1024;
const BUSY = /^(EAGAIN|EBUSY)$/;
const DROPPED = 'lines of the log were dropped: its reader was too slow';

export interface Output extends DestinationStream {
  /** Writes the buffered lines as far as the reader takes them. Without a reader they are dropped. Never throws. */
  flushSync(): void;
  /** Returns whether a write has waited for its reader longer than {@link STUCK_MS}. */
  readonly isStuck: () => boolean;
}

/**
 * Opens a file descriptor for buffered log lines. Writing each line by itself would cost more than looking up a token.
 * pino's own destination repeats the last flush for ever once the reader is gone (EPIPE); the process would never end.
 */
export function openOutput(fd: number): Output {
  let held: string[] = [];
  let length = 0;
  let dropped = 0;
  /** The start of the write that is under way. */
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
      // Another write would wait as long as the one that is stuck.
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
