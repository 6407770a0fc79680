import { createHasher } from './hasher.ts';
import type { Argon2Parameters } from './stored_hash.ts';

/** Parameters, and what one hash with them took here. */
export interface Measured extends Argon2Parameters {
  /** Median. */
  readonly ms: number;
}

export interface Calibration {
  /** The dearest parameters within the target; the floor where nothing is. */
  readonly proposed: Measured;
  readonly withinTarget: boolean;
  /** Everything that was tried, in its order. */
  readonly tried: readonly Measured[];
}

/** OWASP Password Storage Cheat Sheet, Argon2id: its dearest memory and its cheapest, each with the passes it needs. */
const MEMORIES = [
  { memoryKib: 65_536, leastPasses: 1 },
  { memoryKib: 47_104, leastPasses: 1 },
  { memoryKib: 19_456, leastPasses: 2 },
] as const;
/** What `ARGON2_TIME_COST` takes. */
const MOST_PASSES = 100;
const SAMPLES = 5;

/**
 * Looks for the parameters that make one hash take about as long as wanted on this machine: memory first, which costs an
 * attacker's hardware most (RFC 9106 section 4), then passes. Never below OWASP's floor, however slow the machine.
 * @param targetMs what a login may take of a machine that does nothing else
 */
export async function calibrate(targetMs: number, parallelism: number): Promise<Calibration> {
  const tried: Measured[] = [];
  const measure = async (memoryKib: number, timeCost: number): Promise<Measured> => {
    const measured = await time({ memoryKib, timeCost, parallelism });
    tried.push(measured);
    return measured;
  };

  for (const { memoryKib, leastPasses } of MEMORIES) {
    const least = await measure(memoryKib, leastPasses);
    if (least.ms > targetMs) continue;
    const passes = Math.min(MOST_PASSES, Math.floor((leastPasses * targetMs) / least.ms));
    let best = least;
    // A pass takes as long as any other, and what comes on top of them is small: the estimate errs by one or two.
    for (let timeCost = passes; timeCost > leastPasses; timeCost -= 1) {
      const more = await measure(memoryKib, timeCost);
      if (more.ms > targetMs) continue;
      best = more;
      break;
    }
    return { proposed: best, withinTarget: true, tried };
  }
  return { proposed: tried.at(-1)!, withinTarget: false, tried };
}

async function time(parameters: Argon2Parameters): Promise<Measured> {
  const hasher = await createHasher(parameters);
  const samples: number[] = [];
  while (samples.length < SAMPLES) {
    const started = performance.now();
    await hasher.hash('a password of usual length');
    samples.push(performance.now() - started);
  }
  return { ...parameters, ms: samples.sort((a, b) => a - b)[SAMPLES >> 1]! };
}
