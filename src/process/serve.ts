import cluster from 'node:cluster';
import { setTimeout as sleep } from 'node:timers/promises';
import type { App } from '../composition/app.ts';
import { reportMetrics } from './cluster_metrics.ts';
import { type Config, loadEnvironment, readConfig, startupWarnings } from '../config/config.ts';
import { misspeltWarnings } from '../config/misspelt.ts';
import { createLog, type Log } from '../kernel/log.ts';
import { createMetrics, watchProcess } from '../kernel/metrics.ts';
import { NO_TRACING, type Tracing } from '../kernel/tracing.ts';
import { callHashing } from '../credentials/password/hashing_calls.ts';
import { openTracing } from './tracing.ts';

/** By when a signal that was sent to every process of a group has reached each of them. */
const SIGNAL_MS = 100;

/** What was started, to be stopped when its time has come. */
interface Running {
  /** On SIGHUP; where it is missing, that stops the server too: a terminal was closed. */
  readonly replaceAll?: () => Promise<void>;
  /** @param patient see `http/drain.ts` */
  close(patient: boolean): Promise<void>;
}

/**
 * Starts the server, in one process or several, and stops it on SIGTERM or SIGINT: exit code 0 after a clean stop, 1
 * where it could not start. Each of several processes comes through here too.
 */
async function main(): Promise<void> {
  const environment = loadEnvironment(process.cwd());
  const config = readConfig(environment);
  const serves = !(cluster.isPrimary && config.workers > 1);
  let tracing = NO_TRACING;
  const log = createLog(config.log.level, undefined, () => tracing.traceId());
  const openTraces = async () => (tracing = await openTracing(config.tracing, log));
  if (cluster.isPrimary) {
    for (const warning of [...startupWarnings(config), ...misspeltWarnings(environment)]) log.warn(warning);
  }

  const interrupt = new AbortController();
  const starting = serves
    ? startOne(config, { log, signal: interrupt.signal, openingTraces: openTraces() })
    : startAll(config, log);
  let stopping = false;
  const stop = async (signal: string) => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, 'stopping');
    // Also in the middle of the start: what waits ends, and whatever was opened is closed.
    interrupt.abort(new Error(`interrupted by ${signal}`));
    const running = await starting.catch(() => undefined);
    // A supervisor has others that serve meanwhile; a person at a terminal waits.
    await running?.close(signal === 'SIGTERM');
    process.exit(0);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('SIGHUP', async (signal) => {
    // The first process tells the others one by one; a terminal that is closed tells all of them.
    if (cluster.isWorker) return;
    const running = await starting.catch(() => undefined);
    if (running?.replaceAll) await running.replaceAll();
    else await stop(signal);
  });

  try {
    await starting;
  } catch (error) {
    // A terminal signals the whole group, and a process that we started may die of it before we hear of it ourselves:
    // the signal that interrupted the start ends it, with 0.
    await sleep(SIGNAL_MS);
    if (stopping) return;
    throw error;
  }
  if (cluster.isPrimary) announceAddresses(config.http.publicUrl);
}

// Each loads what it needs: the first of several processes serves nobody, and so takes no memory for it.
async function startAll(config: Config, log: Log): Promise<Running> {
  await probe(config);
  const { startCluster } = await import('./cluster.ts');
  return startCluster(import.meta.filename, config, log);
}

interface Start {
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly openingTraces: Promise<Tracing>;
}

async function startOne(config: Config, { log, signal, openingTraces }: Start): Promise<Running> {
  const tracing = await openingTraces;
  // One of several shares the port, which the first process has looked at.
  if (cluster.isPrimary) await probe(config);
  const { createApp } = await import('../composition/app.ts');
  const metrics = createMetrics();
  watchProcess(metrics);
  const oneOfSeveral = cluster.isWorker ? reportMetrics(process, metrics) : undefined;
  const app = await createApp(config, {
    log,
    signal,
    metrics,
    tracing,
    ...(oneOfSeveral ? { hasher: await hasherOfAll(), scrape: oneOfSeveral.scrape } : {}),
  });
  // First of all: it is stored as a hash, and were the start to fail now, nobody would ever know it.
  announceAdmin(app);
  const address = await app.listen();
  log.info({ address }, 'listening');
  return {
    async close(patient) {
      await app.close(patient);
      // What was counted and traced up to the last answer.
      await Promise.all([oneOfSeveral?.report(), tracing.close()]);
    },
  };
}

async function probe({ http: { host, port } }: Config): Promise<void> {
  const { probePort } = await import('../http/listen.ts');
  await probePort(host, port);
}

/** The one hasher of this machine, which the first process owns. */
async function hasherOfAll() {
  const calls = callHashing(process);
  const decoy = await calls.decoy();
  return { ...calls, decoy: () => decoy };
}

/** What to open, for the person at the terminal. */
function announceAddresses(publicUrl: string): void {
  process.stdout.write(`\nConsole:    ${publicUrl}\nPlayground: ${publicUrl}/graphql\n\n`);
}

/** For the person at the terminal; the password stands here once and in no log. */
function announceAdmin({ firstAdmin }: App): void {
  if (!firstAdmin?.generatedPassword) return;
  const { username, generatedPassword } = firstAdmin;
  process.stdout.write(`\nFirst admin: ${username}   password: ${generatedPassword}   (shown only now)\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`Gatehouse cannot start.\n${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
