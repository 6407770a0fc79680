import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { Clock } from '../../kernel/clock.ts';
import { ExpiringMap } from './expiring_map.ts';
import { namedLimiters } from './limiter.ts';
import type { ExpiringEntry } from './ttl.ts';

const SWEEP_EVERY_MS = 1_000;
/** Entries in a sweep, so that no sweep delays requests (10,000 take about a millisecond). */
const SWEEP_ENTRIES = 10_000;

/** Opens the in-process store: the functions of Redis for a single process. */
export function openMemory(clock: Clock) {
  const values = new ExpiringMap<string>(clock);
  const lines = new ExpiringMap<Map<string, number>>(clock);
  const sweeper = setInterval(() => {
    values.sweep(SWEEP_ENTRIES);
    lines.sweep(SWEEP_ENTRIES);
  }, SWEEP_EVERY_MS).unref();

  return {
    kind: 'memory' as const,

    async getMany(keys: readonly string[]) {
      return keys.map((key) => values.get(key) ?? null);
    },
    async getWithReplicationId(keys: readonly string[]) {
      return { replicationId: 'memory', values: keys.map((key) => values.get(key) ?? null) };
    },
    async set(key: string, value: string, ttlMs: number) {
      values.set(key, value, ttlMs);
    },
    async setMany(entries: readonly ExpiringEntry[]) {
      for (const { key, value, ttlMs } of entries) values.set(key, value, ttlMs);
    },
    async setIfAbsent(key: string, value: string, ttlMs: number) {
      if (values.get(key) !== undefined) return false;
      values.set(key, value, ttlMs);
      return true;
    },
    async replaceIf({ key, value, ttlMs }: ExpiringEntry, expected: string) {
      if (values.get(key) !== expected) return false;
      values.set(key, value, ttlMs);
      return true;
    },
    async delete(keys: readonly string[]) {
      for (const key of keys) values.delete(key);
    },

    async join(key: string, member: string, ttlMs: number) {
      const now = clock();
      const line = lines.get(key) ?? new Map<string, number>();
      for (const [other, joinedAt] of line) {
        if (joinedAt + ttlMs <= now) line.delete(other);
      }
      if (!line.has(member)) {
        line.set(member, now);
        lines.set(key, line, ttlMs);
      }
      return [...line.keys()].indexOf(member) + 1;
    },
    async leave(key: string, member: string) {
      const line = lines.get(key);
      line?.delete(member);
      if (line?.size === 0) lines.delete(key);
    },

    limiter: namedLimiters(
      ({ name, points, durationSeconds }) =>
        new RateLimiterMemory({ keyPrefix: name, points, duration: durationSeconds }),
    ),

    async ping() {},
    async checkSafe() {},
    async close() {
      clearInterval(sweeper);
    },
  };
}
