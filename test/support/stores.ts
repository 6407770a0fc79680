import { Redis } from 'ioredis';
import { AuditEventEntity } from '../../src/audit/audit_event.entity.ts';
import { type Clock, systemClock } from '../../src/kernel/clock.ts';
import { createLog } from '../../src/kernel/log.ts';
import { createAttempts } from '../../src/limits/attempts.ts';
import { createHasher } from '../../src/passwords/hasher.ts';
import { createRefreshTokens } from '../../src/sessions/refresh_token.ts';
import { SessionEntity } from '../../src/sessions/session.entity.ts';
import { createSessions } from '../../src/sessions/sessions.ts';
import type { Parts } from '../../src/signin/parts.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { type KeyValue, openKeyValue } from '../../src/store/keyvalue.ts';
import { createAccessTokens } from '../../src/tokens/access_token.ts';
import { createDenylist } from '../../src/tokens/denylist.ts';
import { loadKeys } from '../../src/tokens/keys.ts';
import { RevocationEntity } from '../../src/tokens/revocation.entity.ts';
import { SigningKeyEntity } from '../../src/tokens/signing_key.entity.ts';
import { createLiveUsers } from '../../src/users/live_users.ts';
import { UserEntity } from '../../src/users/user.entity.ts';
import { postgresForTests, redisForTests } from './backends.ts';
import { openTemplate, type Stores } from './instance.ts';
import { logFile } from './log_file.ts';

/** Both stores without a server, migrated and empty. */
export interface OpenStores {
  readonly database: Database;
  readonly keyValue: KeyValue;
  /** The key-value store as it is after it lost everything. */
  emptied(): Promise<KeyValue>;
  close(): Promise<void>;
}

const entities = [UserEntity, SessionEntity, RevocationEntity, SigningKeyEntity, AuditEventEntity];

export async function openStores(stores: Stores = 'embedded', clock: Clock = systemClock): Promise<OpenStores> {
  const opened: (() => Promise<unknown>)[] = [];
  const keep = <T extends { close(): Promise<unknown> }>(part: T): T => {
    opened.push(() => part.close());
    return part;
  };
  const close = async () => {
    for (const end of opened.splice(0).reverse()) await end();
  };

  if (stores === 'embedded') {
    const template = keep(await openTemplate());
    return {
      database: keep(await openDatabase({ url: undefined, dataDir: 'memory', entities, pglite: async () => template })),
      keyValue: keep(await openKeyValue({ redisUrl: undefined, clock })),
      emptied: async () => keep(await openKeyValue({ redisUrl: undefined, clock })),
      close,
    };
  }
  const [postgres, redis] = await Promise.all([postgresForTests(), redisForTests()]);
  opened.push(postgres.release, redis.release);
  const keyValue = keep(await openKeyValue({ redisUrl: redis.url }));
  return {
    database: keep(await openDatabase({ url: postgres.url, dataDir: 'memory', entities })),
    keyValue,
    async emptied() {
      const client = new Redis(redis.url);
      await client.flushdb();
      client.disconnect();
      return keyValue;
    },
    close,
  };
}

export const SECRET = 'a secret of the tests, 32 bytes or more';
export const HASHING = { memoryKib: 64, timeCost: 1, parallelism: 1 };

/** What the use cases work with, over empty embedded stores, as `src/app.ts` puts it together. */
export async function openParts(clock: Clock = systemClock): Promise<Parts & Pick<OpenStores, 'close'>> {
  const { database, keyValue, close } = await openStores('embedded', clock);
  const tokens = { accessTokenSeconds: 1800, issuer: 'https://auth.example', audience: 'gatehouse' };
  const keys = await loadKeys(database, [SECRET], 'HS256', clock);
  const refreshTokens = createRefreshTokens([SECRET]);
  return {
    database,
    keyValue,
    hasher: await createHasher(HASHING),
    accessTokens: createAccessTokens(keys, tokens, clock),
    denylist: createDenylist(keyValue, database, clock),
    liveUsers: createLiveUsers(keyValue, database),
    refreshTokens,
    sessions: createSessions(refreshTokens, { ...tokens, lifetimeSeconds: 86_400, graceSeconds: 10 }),
    attempts: createAttempts(keyValue, { perAccount: 10, perAddress: 100, windowSeconds: 900 }),
    clock,
    log: createLog('trace', logFile()),
    settings: { roles: { admin: ['*'], user: ['account'] }, reuseRevokes: 'user' },
    close,
  };
}
