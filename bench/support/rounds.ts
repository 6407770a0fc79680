import { type Connection, connectAll } from './client.ts';
import { processorMs, watchMemory } from './processes.ts';
import { percentile99 } from './statistics.ts';

/** How often and how long. */
export interface Pace {
  readonly rounds: number;
  readonly roundMs: number;
  readonly warmUpMs: number;
}

/** The result of one round. */
export interface Round {
  readonly perSecond: number;
  readonly p99Ms: number;
  /** Processor time of the server and what it started, for each answer; NaN where the system does not tell. */
  readonly serverMsEach: number;
  /** How many cores each side kept busy. */
  readonly serverBusy: number;
  readonly clientBusy: number;
  /** The most memory that the server and what it started held. */
  readonly peakKib: number;
}

export interface Load {
  readonly url: string;
  /** The process whose processor time and memory count, with all that it started. */
  readonly pid: number;
  readonly clients: number;
  /** One request of one client, answered. Throws where the answer is not what it should be. */
  readonly work: (connection: Connection, client: number) => Promise<unknown>;
}

/** The result of a run of requests. */
export interface Tally {
  readonly done: number;
  readonly elapsedMs: number;
  readonly latencies: readonly number[];
}

/** One round of a load, on connections of its own: servers close those that lie idle while others have their turn. */
export async function measure({ url, pid, clients, work }: Load, ms: number): Promise<Round> {
  const connections = await connectAll(url, clients);
  const round = await watch(pid, () => repeat(clients, ms, (client) => work(connections[client]!, client)));
  connections.forEach((connection) => connection.close());
  return round;
}

/** A run of whatever kind, and what a process and all that it started had to do for it. */
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

/** Every client sends its next request as soon as its last is answered, until the time is over. */
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
 * Rounds of each contender in turns, A B A B, so that whatever else the machine does meets all of them alike: what is
 * compared is the two rounds of one turn. Each has run once before, unmeasured.
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

/** One quantity of every round. */
export function each(rounds: readonly Round[], what: keyof Round): number[] {
  return rounds.map((round) => round[what]);
}

/** One quantity, turn by turn, over that of another contender. */
export function ratios(over: readonly Round[], under: readonly Round[], what: keyof Round = 'perSecond'): number[] {
  return over.map((round, turn) => round[what] / under[turn]![what]);
}

/** Answers for the same processor time: by the clock, few cores are also shared with clients and stores. */
export function ratiosPerCore(over: readonly Round[], under: readonly Round[]): number[] {
  return ratios(under, over, 'serverMsEach');
}

/** The most memory of all rounds. */
export function peakOf(...rounds: readonly (readonly Round[])[]): number {
  return Math.max(...rounds.flat().map(({ peakKib }) => peakKib));
}
