import type { Config } from '../../config/config.ts';
import { inspectRedis, type RedisState } from '../../store/keyvalue/inspect_redis.ts';
import { adviceFor } from './advice.ts';
import { compareClocks, type Finding, type Look } from './finding.ts';

const PATIENCE_MS = 5_000;
const check = 'redis';

/** Checks the store that replicas share. */
export function lookAtRedis({ store: { redisUrl, databaseUrl } }: Pick<Config, 'store'>): Look {
  return {
    check,
    needs: ['REDIS_URL'],
    otherwise: (error) => adviceFor('Redis', 'REDIS_URL', error),
    async run() {
      if (redisUrl !== undefined) return (await inspectRedis(redisUrl, PATIENCE_MS)).flatMap(checkRedisState);
      const says = 'REDIS_URL is not set: the single server process keeps limits and denials in memory';
      if (databaseUrl === undefined) return [{ check, state: 'ok', says }];
      const todo = 'Set REDIS_URL before you start a second replica on this database.';
      return [{ check, state: 'note', says, todo }];
    },
  };
}

function checkRedisState({ version, role, policy, persistence, time, asked }: RedisState): Finding[] {
  return [
    { check, state: 'ok', says: `version ${version}, persistence: ${persistence}` },
    ...(role === 'master'
      ? []
      : [
          {
            check,
            state: 'fail' as const,
            says: 'it is a replica, which accepts no changes: the server does not start',
            todo: 'Set REDIS_URL to its master, or use redis-sentinel://, which finds the master.',
          },
        ]),
    policy === 'noeviction'
      ? { check, state: 'ok', says: 'maxmemory-policy is noeviction' }
      : {
          check,
          state: 'fail',
          says: `maxmemory-policy is ${policy}: a full Redis would evict revocations, so the server does not start`,
          todo: 'Run CONFIG SET maxmemory-policy noeviction, and set the same in redis.conf.',
        },
    compareClocks(check, time, asked),
  ];
}
