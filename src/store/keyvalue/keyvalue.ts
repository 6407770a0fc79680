import { type Clock, systemClock } from '../../kernel/clock.ts';
import { openMemory } from './memory.ts';
import { openRedis } from './redis.ts';
import type { Limiter, LimiterOptions } from './limiter.ts';
import type { ExpiringEntry } from './ttl.ts';

/**
 * The store for data that is fast, shared by all replicas, and may be lost at any moment: Redis, or this process. Every
 * entry has a TTL in milliseconds (rounded up, at least 1). Every method throws SERVICE_UNAVAILABLE within about two
 * seconds if the store does not respond; a failed read never counts as an absent value. Await a change that has to
 * happen before another one: a Redis Cluster may run concurrent calls in any order.
 */
export interface KeyValue {
  readonly kind: 'memory' | 'redis';

  /** Returns the values of `keys` in their order, null for an absent one, in one round trip. */
  getMany(keys: readonly string[]): Promise<(string | null)[]>;
  /**
   * Returns the values as {@link getMany} does, with the replication id of the data, in one round trip. A new id means
   * that earlier writes may be missing: the server was restarted empty, or replaced by a replica that lagged. On a
   * Cluster, the keys must have one slot.
   */
  getWithReplicationId(keys: readonly string[]): Promise<{ replicationId: string; values: (string | null)[] }>;
  set(key: string, value: string, ttlMs: number): Promise<void>;
  /** Sets many keys, hundreds in a round trip. On a Cluster, the keys must have one slot. */
  setMany(entries: readonly ExpiringEntry[]): Promise<void>;
  /** Sets an absent key. Returns false if the key was present. */
  setIfAbsent(key: string, value: string, ttlMs: number): Promise<boolean>;
  /** Compares and sets: returns false if the value was not `expected`. */
  replaceIf(entry: ExpiringEntry, expected: string): Promise<boolean>;
  delete(keys: readonly string[]): Promise<void>;

  /**
   * Appends a member to a line, or finds it there, and returns its place; 1 is the head. Places follow the order of
   * joining, and move up only when members leave. A member that does not leave, for instance because its process died,
   * is removed `ttlMs` after it joined.
   */
  join(line: string, member: string, ttlMs: number): Promise<number>;
  leave(line: string, member: string): Promise<void>;

  limiter(options: LimiterOptions): Limiter;

  ping(): Promise<void>;
  /**
   * Checks that the store accepts changes and does not evict keys. Threat: an evicted denial would sign a user in
   * again.
   */
  checkSafe(): Promise<void>;
  close(): Promise<void>;
}

export interface KeyValueOptions {
  /** See `parseRedisUrl`; undefined for the in-process store. */
  readonly redisUrl: string | undefined;
  readonly clock?: Clock;
  /** Receives every lost connection and failed reconnection, for the log. */
  readonly onError?: (error: Error) => void;
  /** Milliseconds until Redis must be ready. */
  readonly readyTimeoutMs?: number;
}

/**
 * Opens the key-value store.
 * @throws Error without the password if the URL is invalid or Redis is not ready in time
 */
export async function openKeyValue(options: KeyValueOptions): Promise<KeyValue> {
  const { redisUrl, clock = systemClock, onError = () => {}, readyTimeoutMs = 10_000 } = options;
  return redisUrl === undefined ? openMemory(clock) : openRedis(redisUrl, { onError, readyTimeoutMs });
}
