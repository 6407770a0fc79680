import { Cluster } from 'ioredis';
import { reachRedis } from './redis.ts';

/** One server: the one there is, or a master of a Cluster. */
export interface RedisState {
  readonly version: string;
  /** What it forgets when it is full; must be `noeviction`. */
  readonly policy: string;
  /** A replica takes no changes. */
  readonly role: 'master' | 'replica';
  /** Whether it writes what it is told to disk, and how; unknown where it does not say (managed Redis has no CONFIG). */
  readonly persistence: 'none' | 'snapshots' | 'append-only file' | 'unknown';
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
