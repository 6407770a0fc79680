import { Gauge } from 'prom-client';
import type { Clock } from '../../kernel/clock.ts';
import type { Metrics } from '../../kernel/metrics.ts';
import type { Database } from './database.ts';
import { createDatabaseTime } from './database_time.ts';

const EVERY_MS = 60_000;
/** The tolerated difference; replicas whose clocks differ by less work together. */
const UNEQUAL_SECONDS = 5;

export interface ClockOffsetOptions {
  readonly database: Pick<Database, 'run'>;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Receives the offset of a wrong clock in seconds; positive if it is ahead of PostgreSQL's. */
  readonly onOff: (seconds: number) => void;
}

/** Compares this machine's clock with PostgreSQL's, now and every minute. Returns a function that stops it. */
export function watchClockOffset({ database, clock, metrics, onOff }: ClockOffsetOptions): () => void {
  const gauge = new Gauge({
    name: 'gatehouse_clock_offset_seconds',
    help: "Difference of the clock of this machine to PostgreSQL's, measured every minute",
    aggregator: 'first',
    registers: [metrics],
  });
  const compare = async () => {
    const before = clock();
    const theirs = await database.run((db) => createDatabaseTime().now(db));
    const after = clock();
    const offset = ((before + after) / 2 - theirs.getTime()) / 1000;
    gauge.set(offset);
    if (Math.abs(offset) - (after - before) / 2_000 >= UNEQUAL_SECONDS) onOff(offset);
  };
  // An outage of the database is reported elsewhere. The last offset stays.
  const look = () => void compare().catch(() => undefined);
  look();
  const timer = setInterval(look, EVERY_MS).unref();
  return () => clearInterval(timer);
}
