import { type RateLimiterAbstract, RateLimiterRes } from 'rate-limiter-flexible';
import { Refusal } from '../../kernel/errors.ts';

export interface LimiterOptions {
  /** Separates the counts of limiters. Each name has one set of options. */
  readonly name: string;
  /** The points that a key may {@link Limiter.consume} within the window. */
  readonly points: number;
  /** The window in whole seconds, from a key's first point; later points do not prolong it. */
  readonly durationSeconds: number;
}

/** The points of a key, and the milliseconds for which they stand. */
export interface LimitCount {
  readonly points: number;
  readonly remainingMs: number;
}

/**
 * Counts within fixed windows (rate-limiter-flexible), shared by all replicas on the same Redis. Every method throws
 * SERVICE_UNAVAILABLE if the store does not respond; there is no insurance limiter. Threat: with a limit that fails
 * open, an attacker who disturbs Redis can guess passwords.
 */
export interface Limiter {
  /** Returns the count of `key`; undefined if there is none. */
  get(key: string): Promise<LimitCount | undefined>;
  /** Adds a point without a limit. */
  penalty(key: string): Promise<LimitCount>;
  /**
   * Adds a point.
   * @throws Refusal RATE_LIMITED with the rest of the window if all `points` are used up
   */
  consume(key: string): Promise<LimitCount>;
  /** Replaces the count of `key` by one that stands for `seconds`, whatever the window. */
  block(key: string, seconds: number): Promise<void>;
  delete(key: string): Promise<void>;
}

/** Wraps rate-limiter-flexible, which rejects with a count for a refusal and with an Error for a fault. */
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
      // In memory, a late timer may leave a count past its window.
      return count.remainingMs > 0 ? count : undefined;
    },
    penalty: async (key) => toCount(await run(limiter.penalty(key))),
    consume: async (key) => toCount(await run(limiter.consume(key))),
    block: async (key, seconds) => void (await run(limiter.block(key, seconds))),
    delete: async (key) => void (await run(limiter.delete(key))),
  };
}

/**
 * Returns a function that makes limiters and returns the same one for the same name, so that memory counts are shared
 * too.
 */
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

/** Returns a 429 refusal with the rest of the window in whole seconds. */
export function rateLimited(remainingMs: number): Refusal {
  return new Refusal('RATE_LIMITED', { retryAfter: Math.max(1, Math.ceil(remainingMs / 1000)) });
}

/**
 * Returns a 503 refusal for a store that did not respond. Threat: ioredis attaches commands with their arguments (keys,
 * values, the password at the start of a connection) to its errors, and causes are logged. So only the message is kept.
 */
export function storeFault(thrown: unknown): Refusal {
  const { name, message } = thrown instanceof Error ? thrown : new Error(String(thrown));
  return new Refusal('SERVICE_UNAVAILABLE', { cause: new Error(`key-value store: ${name}: ${message}`) });
}

function toCount({ consumedPoints, msBeforeNext }: RateLimiterRes): LimitCount {
  // A command that failed inside a transaction yields no number. It must not count as zero.
  if (!Number.isFinite(consumedPoints) || !Number.isFinite(msBeforeNext)) throw storeFault('unreadable count');
  return { points: consumedPoints, remainingMs: msBeforeNext };
}
