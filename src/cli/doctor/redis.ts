import type { Config } from '../../config/config.ts';
import { inspectRedis, type RedisState } from '../../store/keyvalue/inspect_redis.ts';
import { adviceFor } from './advice.ts';
import { compareClocks, type Finding, type Look } from './finding.ts';

const PATIENCE_MS = 5_000;
const check = 'redis';

/** The store that replicas share. */
export function lookAtRedis({ store: { redisUrl, databaseUrl } }: Pick<Config, 'store'>): Look {
  return {
    check,
    needs: ['REDIS_URL'],
    otherwise: (error) => adviceFor('Redis', 'REDIS_URL', error),
    async run() {
      if (redisUrl !== undefined) return (await inspectRedis(redisUrl, PATIENCE_MS)).flatMap(judge);
      const says = 'REDIS_URL is not set: limits and denials live in the one server process';
      if (databaseUrl === undefined) return [{ check, state: 'ok', says }];
      const todo = 'Set REDIS_URL before a second replica runs on this database.';
      return [{ check, state: 'note', says, todo }];
    },
  };
}

function judge({ version, role, policy, persistence, time, asked }: RedisState): Finding[] {
  return [
    { check, state: 'ok', says: `version ${version}, persistence: ${persistence}` },
    ...(role === 'master'
      ? []
      : [
          {
            check,
            state: 'fail' as const,
            says: 'it is a replica, which takes no changes: the server does not start',
            todo: 'Name its master in REDIS_URL, or use redis-sentinel://, which finds it.',
          },
        ]),
    policy === 'noeviction'
      ? { check, state: 'ok', says: 'maxmemory-policy is noeviction' }
      : {
          check,
          state: 'fail',
          says: `maxmemory-policy is ${policy}: a full Redis would forget who was signed out, so the server refuses it`,
          todo: 'CONFIG SET maxmemory-policy noeviction, and the same in redis.conf.',
        },
    compareClocks(check, time, ...asked),
  ];
}
