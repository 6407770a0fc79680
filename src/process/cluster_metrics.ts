import { AggregatorRegistry, type MetricObjectWithValues, type MetricValue, type Registry } from 'prom-client';
import type { ForkChannel } from '../kernel/channel.ts';
import type { Log } from '../kernel/log.ts';
import type { Metrics } from '../kernel/metrics.ts';
import { within } from '../kernel/within.ts';

/**
 * What several processes of one port count, told as if they were one: whoever scrapes meets any of them, which asks the
 * first process, which asks all.
 */
export interface ClusterMetrics {
  /** One more process counts, for as long as its channel stands. */
  add(channel: ForkChannel): void;
}

type Report = readonly MetricObjectWithValues<MetricValue<string>>[];

type MetricsMessage =
  /** To the first process: what do all of us count? And its answer. */
  | { readonly metrics: 'scrape'; readonly id: number }
  | { readonly metrics: 'scraped'; readonly id: number; readonly text: string }
  /** From the first process: what do you count? And the answer, which also comes unasked, before a process ends. */
  | { readonly metrics: 'ask' }
  | { readonly metrics: 'report'; readonly report: Report };

/** Whoever has not answered by then is told of as it was when it last did. */
const PATIENCE_MS = 1_000;
const SCRAPE_MS = 3_000;

/**
 * In the first process.
 * @param own what it counts itself
 */
export function gatherMetrics(own: Metrics, log: Log): ClusterMetrics {
  const last = new Map<ForkChannel, Report>();
  const waiting = new Map<ForkChannel, () => void>();
  /** What those counted that are gone: a sum that went down would look like a restart of everything to `rate()`. */
  let past: Report = [];

  async function ask(channel: ForkChannel): Promise<void> {
    const answered = new Promise<void>((resolve) => waiting.set(channel, resolve));
    send(channel, { metrics: 'ask' });
    await within(PATIENCE_MS, answered).catch(() => undefined);
    waiting.delete(channel);
  }

  async function gather(): Promise<string> {
    await Promise.all([...last.keys()].map(ask));
    return sum([past, ...last.values(), await own.getMetricsAsJSON()]).metrics();
  }

  async function leave(channel: ForkChannel): Promise<void> {
    waiting.get(channel)?.();
    // What stood, stands no more; what was counted stays counted.
    const counted = last.get(channel)?.filter(({ type }) => COUNTED.has(String(type))) ?? [];
    const all = await sum([past, counted]).getMetricsAsJSON();
    // In one step: whoever looks between the two would miss it, or see it twice.
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
          // One look serves all who look at the same time.
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

/** A number that is none does not come through the channel. */
function withoutHoles(metric: Report[number]) {
  return { ...metric, values: metric.values.filter(({ value }) => Number.isFinite(value)) };
}

/** In each of the others. */
export interface OwnMetrics {
  /** What all count. Throws an Error where the first process does not say in time. */
  scrape(): Promise<string>;
  /** Tells what was counted up to now: before this process ends. */
  report(): Promise<void>;
}

/**
 * @param channel to the first process
 * @param own what this one counts
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
      return within(SCRAPE_MS, told).finally(() => waiting.delete(id));
    },
    report,
  };
}

/** Where it cannot be told, the other end is gone, and so is whoever asked. */
function send(channel: ForkChannel, message: MetricsMessage, sent: () => void = () => undefined): void {
  if (channel.send) channel.send(message, sent);
  else sent();
}

/** The channel is not ours alone. */
function isOurs(message: unknown): message is MetricsMessage {
  return typeof message === 'object' && message !== null && 'metrics' in message;
}
