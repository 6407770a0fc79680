import { Counter, Gauge, Histogram } from 'prom-client';
import type { Metrics } from '../kernel/metrics.ts';
import { withTimeout } from '../kernel/timeouts.ts';

/**
 * The outcomes of attempts: `sent`, `postponed` (to be tried again), `failed` (given up), `unconfirmed` (the replica
 * ended before the server's answer), `limited` (the address gets too many mails).
 */
export type MailOutcome = 'sent' | 'postponed' | 'failed' | 'unconfirmed' | 'limited';

export interface MailMetrics {
  ended(outcome: MailOutcome, count?: number): void;
  /** Records the seconds from the change that caused a mail to its delivery. */
  delivered(seconds: number): void;
}

/** The open mails, as PostgreSQL has them. */
export interface OpenMails {
  readonly open: number;
  /** The age of the oldest one that is due, in seconds; 0 if none is. */
  readonly oldestSeconds: number;
}

const OUTCOMES: readonly MailOutcome[] = ['sent', 'postponed', 'failed', 'unconfirmed', 'limited'];

/** Creates the metrics of the outbox. @param registry the registry that `/metrics` exposes */
export function createMailMetrics(registry: Metrics): MailMetrics {
  const registers = [registry];
  const ended = new Counter({
    name: 'gatehouse_mails_total',
    help: 'Attempts to send a mail, by outcome',
    labelNames: ['outcome'],
    registers,
  });
  // Each series begins at 0, because Prometheus does not see an increase from a missing series to 1.
  for (const outcome of OUTCOMES) ended.inc({ outcome }, 0);
  const delivered = new Histogram({
    name: 'gatehouse_mail_delivery_seconds',
    help: 'Time from the change that caused a mail until the mail server took it',
    buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 3600],
    registers,
  });
  return {
    ended: (outcome, count = 1) => ended.inc({ outcome }, count),
    delivered: (seconds) => delivered.observe(seconds),
  };
}

/** Milliseconds between two readings, however often metrics are read. */
const FRESH_MS = 5_000;
const PATIENCE_MS = 1_000;

/** Exposes the open mails. If they cannot be read, the last numbers stay. */
export function watchOpenMails(registry: Metrics, read: () => Promise<OpenMails>): void {
  let askedAt = -Infinity;
  let asked: Promise<OpenMails | undefined> = Promise.resolve(undefined);
  const fresh = () => {
    if (performance.now() - askedAt >= FRESH_MS) {
      askedAt = performance.now();
      asked = withTimeout(PATIENCE_MS, read()).catch(() => undefined);
    }
    return asked;
  };
  const gauge = (name: string, help: string, value: (mails: OpenMails) => number) =>
    new Gauge({
      name,
      help,
      // All processes count the same rows, so the sum would be wrong.
      aggregator: 'max',
      registers: [registry],
      async collect() {
        const mails = await fresh();
        if (mails) this.set(value(mails));
      },
    });
  gauge('gatehouse_mails_open', 'Mails that wait or are being sent', ({ open }) => open);
  gauge('gatehouse_mail_oldest_seconds', 'Age of the oldest mail that is due', ({ oldestSeconds }) => oldestSeconds);
}
