import { type Connection, connectAll } from './client.ts';
import { processorMs, watchMemory } from './processes.ts';
import { percentile99 } from './statistics.ts';

/** The number of rounds and their duration. */
export interface Pace {
  readonly rounds: number;
  readonly roundMs: number;
  readonly warmUpMs: number;
}

/** The result of one round. */
export interface Round {
  readonly perSecond: number;
  readonly p99Ms: number;
  /** The processor time of the server and its children per response; NaN if the system does not show it. */
  readonly serverMsEach: number;
  /** The number of cores that each side kept busy. */
  readonly serverBusy: number;
  readonly clientBusy: number;
  /** The peak memory of the server and its children. */
  readonly peakKib: number;
}

export interface Load {
  readonly url: string;
  /** The process that is measured, with its children. */
  readonly pid: number;
  readonly clients: number;
  /** Sends one request of one client. Rejects if the response is wrong. */
  readonly work: (connection: Connection, client: number) => Promise<unknown>;
}

/** The result of a run of requests. */
export interface Tally {
  readonly done: number;
  readonly elapsedMs: number;
  readonly latencies: readonly number[];
}

/**
 * Runs one round of a load on new connections, because servers close connections that idle while others have their
 * turn.
 */
export async function measure({ url, pid, clients, work }: Load, ms: number): Promise<Round> {
  const connections = await connectAll(url, clients);
  const round = await watch(pid, () => repeat(clients, ms, (client) => work(connections[client]!, client)));
  connections.forEach((connection) => connection.close());
  return round;
}

/** Measures a run, and the resources of a process and its children during it. */
export async function watch(pid: number, run: () => Promise<Tally>): Promise<Round> {
  const own = process.cpuUsage();
  const before = processorMs(pid);
  const memory = watchMemory(pid);
  const { done, elapsedMs, latencies } = await run();
  const used = processorMs(pid) - before;
  const { user, system } = process.cpuUsage(own);
  return {
    perSecond: (done / elapsedMs) * 1000,
    p99Ms: percentile99(latencies),
    serverMsEach: used / done,
    serverBusy: used / elapsedMs,
    clientBusy: (user + system) / 1000 / elapsedMs,
    peakKib: memory.stop(),
  };
}

/** Every client sends its next request as soon as it has a response, until the time is over. */
export async function repeat(clients: number, ms: number, work: (client: number) => Promise<unknown>): Promise<Tally> {
  const latencies: number[] = [];
  const started = performance.now();
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      for (let now = started; now - started < ms;) {
        await work(client);
        const after = performance.now();
        latencies.push(after - now);
        now = after;
      }
    }),
  );
  return { done: latencies.length, elapsedMs: performance.now() - started, latencies };
}

/**
 * Runs rounds of the contenders in turns (A B A B), so that other load of the machine affects all of them. The two
 * rounds of one turn are compared. Each contender runs once before, unmeasured.
 */
export async function interleave<Name extends string>(
  contenders: Readonly<Record<Name, (ms: number) => Promise<Round>>>,
  { rounds, roundMs, warmUpMs }: Pace,
): Promise<Record<Name, Round[]>> {
  const names = Object.keys(contenders) as Name[];
  const results = Object.fromEntries(names.map((name) => [name, [] as Round[]])) as Record<Name, Round[]>;
  for (const name of names) await contenders[name](warmUpMs);
  for (let turn = 0; turn < rounds; turn += 1) {
    for (const name of names) results[name].push(await contenders[name](roundMs));
  }
  return results;
}

/** Returns one quantity of every round. */
export function each(rounds: readonly Round[], what: keyof Round): number[] {
  return rounds.map((round) => round[what]);
}

/** Returns one quantity over that of another contender, turn by turn. */
export function ratios(over: readonly Round[], under: readonly Round[], what: keyof Round = 'perSecond'): number[] {
  return over.map((round, turn) => round[what] / under[turn]![what]);
}

/** Returns responses per processor time, because by the clock few cores are shared with clients and stores. */
export function ratiosPerCore(over: readonly Round[], under: readonly Round[]): number[] {
  return ratios(under, over, 'serverMsEach');
}

/** Returns the peak memory of all rounds. */
export function peakOf(...rounds: readonly (readonly Round[])[]): number {
  return Math.max(...rounds.flat().map(({ peakKib }) => peakKib));
}
