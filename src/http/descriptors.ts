import { open } from 'node:fs/promises';
import { Counter } from 'prom-client';
import type { Log } from '../kernel/log.ts';
import type { Metrics } from '../kernel/metrics.ts';

const EVERY_MS = 1_000;
/** The checks between two log lines: one line each ten seconds. */
const QUIET_LOOKS = 10;

export interface DescriptorWatchOptions {
  readonly metrics: Metrics;
  readonly log: Pick<Log, 'error'>;
  /** Rejects like the opening of a file. By default it opens the null device. */
  readonly probe?: () => Promise<void>;
}

/**
 * Checks once a second that a file can still be opened. Without free file descriptors, Node closes new connections
 * without an error (`uv__emfile_trick` of libuv). Clients see resets, and nothing else would show why.
 * @returns a function that ends the checks
 */
export function watchDescriptors({ metrics, log, probe = openNothing }: DescriptorWatchOptions): () => void {
  const exhausted = new Counter({
    name: 'gatehouse_file_descriptors_exhausted_total',
    help: 'Seconds without a free file descriptor, in which new connections were closed without a response',
    registers: [metrics],
  });
  let inARow = 0;
  const timer = setInterval(() => {
    probe().then(
      () => (inARow = 0),
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EMFILE' && error.code !== 'ENFILE') return;
        exhausted.inc();
        if (inARow % QUIET_LOOKS === 0) {
          log.error(
            { reason: error.code },
            'no file descriptors left: new connections are closed without a response. Raise ulimit -n',
          );
        }
        inARow += 1;
      },
    );
  }, EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

async function openNothing(): Promise<void> {
  await (await open('/dev/null')).close();
}
