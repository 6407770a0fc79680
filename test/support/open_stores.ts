import { Redis } from 'ioredis';
import { type Clock, systemClock } from '../../src/kernel/clock.ts';
import { createLog } from '../../src/kernel/log.ts';
import { createMetrics } from '../../src/kernel/metrics.ts';
import { NO_TRACING } from '../../src/kernel/tracing.ts';
import { assembleServices } from '../../src/composition/services.ts';
import { createHasher } from '../../src/credentials/password/hasher.ts';
import { relyingPartyOf } from '../../src/credentials/webauthn/relying_party.ts';
import type { Services } from '../../src/application/foundation/services.ts';
import { ENTITIES } from '../../src/composition/storage.ts';
import { type Database, openDatabase } from '../../src/store/database/database.ts';
import { type KeyValue, openKeyValue } from '../../src/store/keyvalue/keyvalue.ts';
import { postgresForTests, redisForTests } from './store_servers.ts';
import { openTemplate, type Stores } from './instance.ts';
import { logFile } from './log_file.ts';
import { redisTime } from './time.ts';

/** Both stores without a server, migrated and empty. */
export interface OpenStores {
  readonly database: Database;
  readonly keyValue: KeyValue;
  /** Returns the key-value store after it lost everything. */
  emptied(): Promise<KeyValue>;
  /** Opens the same stores as another process does. Embedded stores allow one process, so they are shared. */
  again(): Promise<Pick<OpenStores, 'database' | 'keyValue'>>;
  /** Ages everything in Redis. The in-process store uses the given clock. */
  age(milliseconds: number): Promise<void>;
  close(): Promise<void>;
}

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
    const database = keep(
      await openDatabase({ url: undefined, dataDir: 'memory', entities: ENTITIES, pglite: async () => template }),
    );
    const keyValue = keep(await openKeyValue({ redisUrl: undefined, clock }));
    return {
      database,
      keyValue,
      again: async () => ({ database, keyValue }),
      age: async () => {},
      emptied: async () => keep(await openKeyValue({ redisUrl: undefined, clock })),
      close,
    };
  }
  const [postgres, redis] = await Promise.all([postgresForTests(), redisForTests()]);
  const time = redisTime(redis.url);
  opened.push(postgres.release, redis.release, time.restore);
  const again = async () => ({
    database: keep(await openDatabase({ url: postgres.url, dataDir: 'memory', entities: ENTITIES })),
    keyValue: keep(await openKeyValue({ redisUrl: redis.url })),
  });
  const { database, keyValue } = await again();
  return {
    database,
    keyValue,
    again,
    age: time.elapse,
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

/** Opens the services of the use cases over empty embedded stores. */
export async function openEmbeddedServices(
  clock: Clock = systemClock,
  times: Parameters<typeof servicesOver>[2] = {},
): Promise<Services & Pick<OpenStores, 'close'>> {
  const { database, keyValue, close } = await openStores('embedded', clock);
  return { ...(await servicesOver({ database, keyValue }, clock, times)), close };
}

/** Opens the services of one replica over open stores, as `src/composition/services.ts` does. */
export async function servicesOver(
  { database, keyValue }: Pick<OpenStores, 'database' | 'keyValue'>,
  clock: Clock,
  { lifetimeSeconds = 86_400, graceSeconds = 10, retrySeconds = 86_400, perAccount = 100, databaseClock = clock } = {},
): Promise<Services> {
  const { services } = await assembleServices(
    {
      tokens: {
        algorithm: 'HS256',
        accessTokenSeconds: 1800,
        issuer: 'https://auth.example',
        audience: 'gatehouse',
        keyRotationDays: 0,
      },
      sessions: { lifetimeSeconds, idleSeconds: 86_400, graceSeconds, retrySeconds, perAccount, reuseRevokes: 'user' },
      passkeys: { on: true, relyingParty: relyingPartyOf({ publicUrl: 'https://auth.example', corsOrigins: [] }) },
      limits: { perAccount: 10, perAddress: 100, windowSeconds: 900 },
      roles: { admin: ['*'], user: ['account'] },
      factors: { allowed: true, required: [], freshSeconds: 900, rememberSeconds: 0 },
      recovery: { isEmailRequired: false, isResetOpen: true },
      http: { publicUrl: 'https://auth.example' },
      mail: { server: null },
    },
    {
      database,
      keyValue,
      secrets: [SECRET],
      hasher: await createHasher(HASHING),
      metrics: createMetrics(),
      tracing: NO_TRACING,
      clock,
      databaseClock,
      log: createLog('trace', logFile()),
    },
  );
  return services;
}
