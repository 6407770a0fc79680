import { type RateLimiterAbstract, RateLimiterRes } from 'rate-limiter-flexible';
import { Refusal } from '../../kernel/errors.ts';

export interface LimiterOptions {
  /** Sets the counts of one limiter apart from those of every other. One name has one set of options. */
  readonly name: string;
  /** How many points a key may {@link Limiter.consume} within the window. */
  readonly points: number;
  /** The window, in whole seconds, from a key's first point on: later points never prolong it. */
  readonly durationSeconds: number;
}

/** What stands against a key, and for how long still. */
export interface Count {
  readonly points: number;
  readonly remainingMs: number;
}

/**
 * Counting within fixed windows (rate-limiter-flexible), shared by every replica on the same Redis.
 * Every method throws SERVICE_UNAVAILABLE where the store does not answer: there is no insurance limiter,
 * because a limit that fails open is a way to guess passwords for whoever can disturb Redis.
 */
export interface Limiter {
  /** The count of `key`; undefined where there is none. */
  get(key: string): Promise<Count | undefined>;
  /** Counts one more, however many there are already. */
  penalty(key: string): Promise<Count>;
  /** Counts one more. @throws RATE_LIMITED with what remains of the window where `points` are used up. */
  consume(key: string): Promise<Count>;
  /** Replaces the count of `key` by one that stands for `seconds`, whatever the window. */
  block(key: string, seconds: number): Promise<void>;
  delete(key: string): Promise<void>;
}

/** The one place that tells rate-limiter-flexible's two kinds of rejection apart: a count is a refusal, an Error a fault. */
function wrapLimiter(limiter: RateLimiterAbstract): Limiter {
  async function run<T>(operation: Promise<T>): Promise<T> {
    try {
      return await operation;
    } catch (thrown) {
      throw thrown instanceof RateLimiterRes ? rateLimited(thrown.msBeforeNext) : storeFault(thrown);
    }
  }
  return {
    async get(key) {
      const found = await run(limiter.get(key));
      if (found === null) return undefined;
      const count = toCount(found);
      // In process, a count may outlive its window by the lateness of a timer.
      return count.remainingMs > 0 ? count : undefined;
    },
    penalty: async (key) => toCount(await run(limiter.penalty(key))),
    consume: async (key) => toCount(await run(limiter.consume(key))),
    block: async (key, seconds) => void (await run(limiter.block(key, seconds))),
    delete: async (key) => void (await run(limiter.delete(key))),
  };
}

/** Asked for the same name again, gives the same limiter: also in process, a name's counts are shared. */
export function namedLimiters(make: (options: LimiterOptions) => RateLimiterAbstract) {
  const made = new Map<string, { readonly limiter: Limiter; readonly options: string }>();
  return (options: LimiterOptions): Limiter => {
    const { name, points, durationSeconds } = options;
    const known = made.get(name) ?? { limiter: wrapLimiter(make(options)), options: `${points}/${durationSeconds}` };
    if (known.options !== `${points}/${durationSeconds}`) throw new Error(`limiter ${name} exists with other options`);
    made.set(name, known);
    return known.limiter;
  };
}

/** 429, with what remains in whole seconds. */
export function rateLimited(remainingMs: number): Refusal {
  return new Refusal('RATE_LIMITED', { retryAfter: Math.max(1, Math.ceil(remainingMs / 1000)) });
}

/**
 * A store that did not answer, as 503. Of the cause only the text is kept: ioredis hangs the command with its
 * arguments (keys, values, at a connection's start the password) on its errors, and causes are logged.
 */
export function storeFault(thrown: unknown): Refusal {
  const { name, message } = thrown instanceof Error ? thrown : new Error(String(thrown));
  return new Refusal('SERVICE_UNAVAILABLE', { cause: new Error(`key-value store: ${name}: ${message}`) });
}

function toCount({ consumedPoints, msBeforeNext }: RateLimiterRes): Count {
  // A command that failed inside a transaction arrives as no number at all; it must not pass for "none".
  if (!Number.isFinite(consumedPoints) || !Number.isFinite(msBeforeNext)) throw storeFault('unreadable count');
  return { points: consumedPoints, remainingMs: msBeforeNext };
}
