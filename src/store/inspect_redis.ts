import { Cluster } from 'ioredis';
import { reachRedis } from './keyvalue_redis.ts';

/** One server: the one there is, or a master of a Cluster. */
export interface RedisState {
  readonly version: string;
  /** What it forgets when it is full; must be `noeviction`. */
  readonly policy: string;
  /** Whether it writes what it is told to disk, and how. */
  readonly persistence: 'none' | 'snapshots' | 'append-only file';
  /** Its clock, in milliseconds since the epoch, and ours before and after it was asked. */
  readonly time: number;
  readonly asked: readonly [before: number, after: number];
}

/** What Redis is, whether or not it would do. Throws a plain Error, without the password, where it is not reached. */
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
          (answer) => Boolean(answer[1]),
          // Managed Redis has no CONFIG.
          () => false,
        );
        return {
          version: field('redis_version') ?? 'unknown',
          policy: field('maxmemory_policy') ?? 'unknown',
          persistence: field('aof_enabled') === '1' ? 'append-only file' : snapshots ? 'snapshots' : 'none',
          time: Number(seconds) * 1000 + Number(microseconds) / 1000,
          asked: [before, after],
        };
      }),
    );
  } finally {
    client.disconnect();
  }
}
