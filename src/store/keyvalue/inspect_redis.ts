import { Cluster } from 'ioredis';
import { reachRedis } from './redis.ts';

/** The state of one server: a single server or a master of a Cluster. */
export interface RedisState {
  readonly version: string;
  /** The eviction policy; must be `noeviction`. */
  readonly policy: string;
  /** A replica is read-only. */
  readonly role: 'master' | 'replica';
  /** The persistence to disk; unknown without the CONFIG command, as in managed Redis. */
  readonly persistence: 'none' | 'snapshots' | 'append-only file' | 'unknown';
  /** The server's time, in milliseconds since the epoch. */
  readonly time: number;
  readonly asked: readonly [before: number, after: number];
}

/**
 * Returns the state of Redis, usable or not.
 * @throws Error without the password if it cannot be reached
 */
export async function inspectRedis(url: string, timeoutMs: number): Promise<RedisState[]> {
  const { client } = await reachRedis(url, timeoutMs);
  try {
    const nodes = client instanceof Cluster ? client.nodes('master') : [client];
    return await Promise.all(
      nodes.map(async (node) => {
        const info = await node.info();
        const before = Date.now();
        const [seconds, microseconds] = await node.time();
        const after = Date.now();
        const field = (name: string) => new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1];
        const snapshots = await node.config('GET', 'save').then(
          (answer) => (answer[1] ? ('snapshots' as const) : ('none' as const)),
          () => 'unknown' as const,
        );
        return {
          version: field('redis_version') ?? 'unknown',
          role: field('role') === 'master' ? 'master' : 'replica',
          policy: field('maxmemory_policy') ?? 'unknown',
          persistence: field('aof_enabled') === '1' ? 'append-only file' : snapshots,
          time: Number(seconds) * 1000 + Number(microseconds) / 1000,
          asked: [before, after],
        };
      }),
    );
  } finally {
    client.disconnect();
  }
}
