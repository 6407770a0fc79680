import { AggregatorRegistry, type MetricObjectWithValues, type MetricValue, type Registry } from 'prom-client';
import type { ForkChannel } from '../kernel/channel.ts';
import type { Log } from '../kernel/log.ts';
import type { Metrics } from '../kernel/metrics.ts';
import { withTimeout } from '../kernel/timeouts.ts';

/**
 * The metrics of several processes on one port, as a single server's. A scrape reaches any of them, which asks the
 * first process, which asks all.
 */
export interface ClusterMetrics {
  /** Adds a process until its channel closes. */
  add(channel: ForkChannel): void;
}

type Report = readonly MetricObjectWithValues<MetricValue<string>>[];

type MetricsMessage =
  /** To the first process: the request for the metrics of all, and its answer. */
  | { readonly metrics: 'scrape'; readonly id: number }
  | { readonly metrics: 'scraped'; readonly id: number; readonly text: string }
  /**
   * From the first process: the request for a process's metrics, and the answer, which is also sent unasked before a
   * process ends.
   */
  | { readonly metrics: 'ask' }
  | { readonly metrics: 'report'; readonly report: Report };

/** Milliseconds to wait for a process. A late process is reported with its previous metrics. */
const PATIENCE_MS = 1_000;
const SCRAPE_MS = 3_000;

/**
 * Gathers the metrics of all processes, in the first process.
 * @param own the first process's metrics
 */
export function gatherMetrics(own: Metrics, log: Log): ClusterMetrics {
  const last = new Map<ForkChannel, Report>();
  const waiting = new Map<ForkChannel, () => void>();
  /** The counts of processes that ended. If a sum went down, `rate()` would take it for a restart of all processes. */
  let past: Report = [];

  async function ask(channel: ForkChannel): Promise<void> {
    const answered = new Promise<void>((resolve) => waiting.set(channel, resolve));
    send(channel, { metrics: 'ask' });
    await withTimeout(PATIENCE_MS, answered).catch(() => undefined);
    waiting.delete(channel);
  }

  async function gather(): Promise<string> {
    await Promise.all([...last.keys()].map(ask));
    return sum([past, ...last.values(), await own.getMetricsAsJSON()]).metrics();
  }

  async function leave(channel: ForkChannel): Promise<void> {
    waiting.get(channel)?.();
    // Gauges of an ended process are dropped, its counts are kept.
    const counted = last.get(channel)?.filter(({ type }) => COUNTED.has(String(type))) ?? [];
    const all = await sum([past, counted]).getMetricsAsJSON();
    // In one step: a scrape in between would miss the counts or see them twice.
    past = all;
    last.delete(channel);
  }

  const failed = (error: unknown) => log.error({ err: error }, 'cannot aggregate the metrics of all processes');
  let leaving: Promise<void> = Promise.resolve();
  let gathering: Promise<string> | undefined;
  return {
    add(channel) {
      last.set(channel, []);
      channel.on('message', (message) => {
        if (!isOurs(message)) return;
        if (message.metrics === 'report') {
          if (last.has(channel)) last.set(channel, message.report);
          waiting.get(channel)?.();
        }
        if (message.metrics === 'scrape') {
          // One gathering serves all concurrent scrapes.
          gathering ??= leaving.then(gather).finally(() => (gathering = undefined));
          gathering.then((text) => send(channel, { metrics: 'scraped', id: message.id, text }), failed);
        }
      });
      channel.on('disconnect', () => {
        leaving = leaving.then(() => leave(channel)).catch(failed);
      });
    },
  };
}

const COUNTED = new Set(['counter', 'histogram']);

function sum(reports: readonly Report[]): Registry {
  return AggregatorRegistry.aggregate(reports.map((report) => report.map(withoutHoles)));
}

/** Removes values that are not finite, which the channel cannot carry. */
function withoutHoles(metric: Report[number]) {
  return { ...metric, values: metric.values.filter(({ value }) => Number.isFinite(value)) };
}

/** The metrics of each other process. */
export interface OwnMetrics {
  /**
   * Returns the metrics of all processes.
   * @throws Error if the first process does not answer in time
   */
  scrape(): Promise<string>;
  /** Sends the current counts to the first process, before this process ends. */
  report(): Promise<void>;
}

/**
 * Reports the metrics of this process to the first process.
 * @param channel the channel to the first process
 * @param own the metrics of this process
 */
export function reportMetrics(channel: ForkChannel, own: Metrics): OwnMetrics {
  const waiting = new Map<number, (text: string) => void>();
  let lastId = 0;

  async function report(): Promise<void> {
    const values = await own.getMetricsAsJSON();
    await new Promise<void>((sent) => send(channel, { metrics: 'report', report: values }, sent));
  }

  channel.on('message', (message) => {
    if (!isOurs(message)) return;
    if (message.metrics === 'ask') void report();
    if (message.metrics === 'scraped') waiting.get(message.id)?.(message.text);
  });

  return {
    async scrape() {
      const id = ++lastId;
      const told = new Promise<string>((resolve) => waiting.set(id, resolve));
      send(channel, { metrics: 'scrape', id });
      return withTimeout(SCRAPE_MS, told).finally(() => waiting.delete(id));
    },
    report,
  };
}

/** If the message cannot be sent, the other end is gone, and the requester with it. */
function send(channel: ForkChannel, message: MetricsMessage, sent: () => void = () => undefined): void {
  if (channel.send) channel.send(message, sent);
  else sent();
}

/** The channel also carries other messages. */
function isOurs(message: unknown): message is MetricsMessage {
  return typeof message === 'object' && message !== null && 'metrics' in message;
}
