import { type Clock, systemClock } from '../../kernel/clock.ts';
import { openMemory } from './memory.ts';
import { openRedis } from './redis.ts';
import type { Limiter, LimiterOptions } from './limiter.ts';
import type { ExpiringEntry } from './ttl.ts';

/**
 * What must be fast and shared by every replica, and may be lost at any moment: Redis, or this process.
 *
 * Everything in it has a TTL, in milliseconds (rounded up, at least 1).
 * Every method throws SERVICE_UNAVAILABLE within about two seconds where the store does not answer; what could
 * not be read is never reported as absent.
 * What must take effect first must be awaited: a Redis Cluster may do calls made together in any order.
 */
export interface KeyValue {
  readonly kind: 'memory' | 'redis';

  /** The values of `keys`, in their order; null where there is none. One round trip. */
  getMany(keys: readonly string[]): Promise<(string | null)[]>;
  /**
   * As {@link getMany}, and the replication id of the data that answered: it is another one where what was written before may
   * be missing, because the server began anew or a replica that was behind took its place. One round trip. On a
   * Cluster, keys of one slot.
   */
  getWithReplicationId(keys: readonly string[]): Promise<{ replicationId: string; values: (string | null)[] }>;
  set(key: string, value: string, ttlMs: number): Promise<void>;
  /** Sets many keys, some hundreds a round trip. On a Cluster, keys of one slot. */
  setMany(entries: readonly ExpiringEntry[]): Promise<void>;
  /** Whether it was absent, and is set now. */
  setIfAbsent(key: string, value: string, ttlMs: number): Promise<boolean>;
  /** Compare and set: whether the value was `expected`, and is `value` now. */
  replaceIf(key: string, expected: string, value: string, ttlMs: number): Promise<boolean>;
  delete(keys: readonly string[]): Promise<void>;

  /**
   * Joins a line at its end, or, for who is in it already, asks again; the answer is the place, 1 for the head.
   * Places come in order of joining and move up only as others leave. Whoever does not leave, because
   * its process died, say, is out `ttlMs` after joining.
   */
  join(line: string, member: string, ttlMs: number): Promise<number>;
  leave(line: string, member: string): Promise<void>;

  limiter(options: LimiterOptions): Limiter;

  ping(): Promise<void>;
  /** Throws where it takes no changes, or forgets keys to make room: signing out would not last. */
  checkSafe(): Promise<void>;
  close(): Promise<void>;
}

export interface KeyValueOptions {
  /** See `parseRedisUrl`; undefined: in-process. */
  readonly redisUrl: string | undefined;
  readonly clock?: Clock;
  /** Told of every lost connection and failed reconnection, for the log. */
  readonly onError?: (error: Error) => void;
  /** How long Redis may take to become ready. */
  readonly readyTimeoutMs?: number;
}

/** @throws a plain Error, without the password, where the URL is bad or Redis is not ready in time. */
export async function openKeyValue(options: KeyValueOptions): Promise<KeyValue> {
  const { redisUrl, clock = systemClock, onError = () => {}, readyTimeoutMs = 10_000 } = options;
  return redisUrl === undefined ? openMemory(clock) : openRedis(redisUrl, { onError, readyTimeoutMs });
}
