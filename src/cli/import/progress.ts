import { SingleBar } from 'cli-progress';

export interface Progress {
  /** @param bytes of the file, up to here */
  at(bytes: number, accounts: number): void;
  /** Runs what writes to standard error, without the bar in its way. */
  aside(write: () => void): void;
  stop(): void;
}

/** A bar on standard error, where that is a terminal. @param bytes how long the file is; null where nobody knows */
export function createProgress(bytes: number | null): Progress {
  if (!process.stderr.isTTY || bytes === null || bytes === 0) {
    return { at: () => undefined, aside: (write) => write(), stop: () => undefined };
  }
  const bar = new SingleBar({
    format: '{bar} {percentage}%  {accounts} accounts  {eta_formatted} left',
    stream: process.stderr,
    barsize: 30,
    hideCursor: true,
    // Ctrl-C is ours: what was begun is finished first.
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
