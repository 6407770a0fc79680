import { createHasher } from './hasher.ts';
import type { Argon2Parameters } from './stored_hash.ts';

/** Parameters, and the time of one hash on this machine. */
export interface Measured extends Argon2Parameters {
  /** The median in milliseconds. */
  readonly ms: number;
}

export interface Calibration {
  /** The most expensive parameters within the target; the floor if none is within it. */
  readonly proposed: Measured;
  readonly withinTarget: boolean;
  /** All measurements, in their order. */
  readonly tried: readonly Measured[];
}

/** Memory sizes from high to low, each with the passes it needs (OWASP Password Storage Cheat Sheet, Argon2id). */
const MEMORIES = [
  { memoryKib: 65_536, leastPasses: 1 },
  { memoryKib: 47_104, leastPasses: 1 },
  { memoryKib: 19_456, leastPasses: 2 },
] as const;
/** The maximum of `ARGON2_TIME_COST`. */
const MOST_PASSES = 100;
const SAMPLES = 5;

/**
 * Finds the parameters for which one hash takes about the target time on this machine. It prefers memory, which costs
 * an attacker's hardware most (RFC 9106 section 4), over passes. It never goes below OWASP's floor, even on a slow
 * machine.
 * @param targetMs the milliseconds that a login may take on an idle machine
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
    // Each pass takes the same time, with a small overhead: the estimate errs by one or two.
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
