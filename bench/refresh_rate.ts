import { readFileSync } from 'node:fs';
import { createBenchClient, login, refresh } from './client.ts';
import type { Figure } from './run.ts';
import type { BenchServer } from './server.ts';

const CLIENTS = 24;
const ROUNDS = 7;
const ROUND_MS = 3_000;
const WARM_UP_MS = 2_000;
const WANTED = 0.25;

/** What happened in one round. */
interface Round {
  readonly perSecond: number;
  /** Of the server's process; NaN where the system does not tell. */
  readonly serverMsEach: number;
  /** How much of the time each side kept a core busy. */
  readonly serverBusy: number;
  readonly clientBusy: number;
}

/**
 * Refreshes per second over `{ __typename }` per second: the same server, the same clients, in turns, so that whatever
 * else the machine does meets both. Each client refreshes a session of its own in a chain. Per core means by the
 * processor time of the server: by the clock, a machine of few cores also pays for PostgreSQL, Redis and the clients.
 */
export async function refreshRate(server: BenchServer): Promise<Figure[]> {
  const client = createBenchClient(server.url, CLIENTS);
  const tokens: string[] = [];
  for (let made = 0; made < CLIENTS; made += 1) tokens.push(await login(client, server.admin));

  const work = {
    typename: async () => void (await client.ask('{ __typename }')),
    refresh: async (at: number) => void (tokens[at] = await refresh(client, tokens[at]!)),
  };
  for (const one of Object.values(work)) await round(server.pid, one, WARM_UP_MS);
  const typename: Round[] = [];
  const refreshes: Round[] = [];
  for (let turn = 0; turn < ROUNDS; turn += 1) {
    typename.push(await round(server.pid, work.typename, ROUND_MS));
    refreshes.push(await round(server.pid, work.refresh, ROUND_MS));
  }
  client.close();

  const ratios = refreshes.map(({ perSecond }, turn) => perSecond / typename[turn]!.perSecond);
  const byCpu = refreshes.map(({ serverMsEach }, turn) => typename[turn]!.serverMsEach / serverMsEach);
  const all = (rounds: readonly Round[], what: keyof Round) => rounds.map((round) => round[what]);
  const samples = { clients: CLIENTS, typename, refreshes };
  return [
    {
      name: 'refreshes/s over { __typename }/s, per core of the server',
      measured: spread(byCpu, 3),
      wanted: `>= ${WANTED}`,
      // Of PostgreSQL and Redis, and where the system tells processor times.
      ...(server.sql && Number.isFinite(median(byCpu)) ? { reached: median(byCpu) >= WANTED } : {}),
      samples,
    },
    { name: '  the same by the clock, clients and stores on the same cores', measured: spread(ratios, 3) },
    { name: '  refreshes/s', measured: spread(all(refreshes, 'perSecond'), 0) },
    { name: '  { __typename }/s', measured: spread(all(typename, 'perSecond'), 0) },
    { name: '  server busy while refreshing', measured: spread(all(refreshes, 'serverBusy'), 2) },
    { name: '  server busy with { __typename }', measured: spread(all(typename, 'serverBusy'), 2) },
    { name: '  client busy with { __typename }', measured: spread(all(typename, 'clientBusy'), 2) },
  ];
}

async function round(pid: number, work: (client: number) => Promise<void>, ms: number): Promise<Round> {
  const own = process.cpuUsage();
  const before = processorMs(pid);
  const started = performance.now();
  let done = 0;
  await Promise.all(
    Array.from({ length: CLIENTS }, async (_, client) => {
      while (performance.now() - started < ms) {
        await work(client);
        done += 1;
      }
    }),
  );
  const elapsed = performance.now() - started;
  const used = processorMs(pid) - before;
  const { user, system } = process.cpuUsage(own);
  return {
    perSecond: (done / elapsed) * 1000,
    serverMsEach: used / done,
    serverBusy: used / elapsed,
    clientBusy: (user + system) / 1000 / elapsed,
  };
}

/** The processor time that a process has used (Linux: proc(5), fields 14 and 15, in hundredths of a second). */
function processorMs(pid: number): number {
  if (process.platform !== 'linux') return NaN;
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The median, and between what. */
function spread(values: readonly number[], digits: number): string {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return `${median(values).toFixed(digits)} (${least.toFixed(digits)} to ${most.toFixed(digits)})`;
}
