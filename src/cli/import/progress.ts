import { SingleBar } from 'cli-progress';

export interface Progress {
  /** @param bytes the number of bytes read so far */
  at(bytes: number, accounts: number): void;
  /** Hides the bar while `write` writes to standard error. */
  aside(write: () => void): void;
  stop(): void;
}

/** Shows a bar on standard error if it is a terminal. @param bytes the length of the file; null if it is unknown */
export function createProgress(bytes: number | null): Progress {
  if (!process.stderr.isTTY || bytes === null || bytes === 0) {
    return { at: () => undefined, aside: (write) => write(), stop: () => undefined };
  }
  const bar = new SingleBar({
    format: '{bar} {percentage}%  {accounts} accounts  {eta_formatted} left',
    stream: process.stderr,
    barsize: 30,
    hideCursor: true,
    // The command handles Ctrl-C itself and completes the current batch first.
    gracefulExit: false,
  });
  bar.start(bytes, 0, { accounts: 0 });
  return {
    at: (to, accounts) => bar.update(to, { accounts }),
    aside(write) {
      process.stderr.write('\r\u001b[K');
      write();
      bar.render();
    },
    stop: () => bar.stop(),
  };
}
