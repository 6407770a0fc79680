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

/** Milliseconds until a signal to a process group has reached all its processes. */
const SIGNAL_MS = 100;

/** The started server or cluster. */
interface Running {
  /** Runs on SIGHUP. If it is missing, SIGHUP stops the server: a terminal was closed. */
  readonly replaceAll?: () => Promise<void>;
  /** @param patient see `http/drain.ts` */
  close(patient: boolean): Promise<void>;
}

/**
 * Starts the server, in one process or several, and stops it on SIGTERM or SIGINT. The exit code is 0 after a clean
 * stop, 1 if it could not start. Each of several processes also runs this.
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
    // Also during the start: every wait ends, and everything that was opened is closed.
    interrupt.abort(new Error(`interrupted by ${signal}`));
    const running = await starting.catch(() => undefined);
    // A supervisor has other servers meanwhile; a person at a terminal waits.
    await running?.close(signal === 'SIGTERM');
    process.exit(0);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('SIGHUP', async (signal) => {
    // The first process replaces the others one by one. A closed terminal signals all of them.
    if (cluster.isWorker) return;
    const running = await starting.catch(() => undefined);
    if (running?.replaceAll) await running.replaceAll();
    else await stop(signal);
  });

  try {
    await starting;
  } catch (error) {
    // A terminal signals the whole group. A child may end from the signal before this process receives it. Then the
    // signal that interrupted the start decides the exit code, 0.
    await sleep(SIGNAL_MS);
    if (stopping) return;
    throw error;
  }
  if (cluster.isPrimary) announceAddresses(config.http.publicUrl);
}

// Each function loads only what it needs: the first of several processes serves no requests and saves the memory.
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
  // The first of several processes has already probed the port.
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
  // Before anything else: only its hash is stored. If the start failed now, the password would be lost.
  announceAdmin(app);
  const address = await app.listen();
  log.info({ address }, 'listening');
  return {
    async close(patient) {
      await app.close(patient);
      // The metrics and traces up to the last response.
      await Promise.all([oneOfSeveral?.report(), tracing.close()]);
    },
  };
}

async function probe({ http: { host, port } }: Config): Promise<void> {
  const { probePort } = await import('../http/listen.ts');
  await probePort(host, port);
}

/** Returns the hasher of this machine, which the first process owns. */
async function hasherOfAll() {
  const calls = callHashing(process);
  const decoy = await calls.decoy();
  return { ...calls, decoy: () => decoy };
}

/** Prints the addresses for a person at the terminal. */
function announceAddresses(publicUrl: string): void {
  process.stdout.write(`\nConsole:    ${publicUrl}\nPlayground: ${publicUrl}/graphql\n\n`);
}

/** Prints the first admin for a person at the terminal. The password is shown once, and never logged. */
function announceAdmin({ firstAdmin }: App): void {
  if (!firstAdmin?.generatedPassword) return;
  const { username, generatedPassword } = firstAdmin;
  process.stdout.write(`\nFirst admin: ${username}   password: ${generatedPassword}   (shown only now)\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`Gatehouse cannot start.\n${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
