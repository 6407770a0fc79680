import { z } from 'zod';
import { oneOf, secret, text, type Values } from '../kernel/variables.ts';
import { isDatabaseUrl } from './database/database_url.ts';
import { isRedisUrl } from './keyvalue/redis_url.ts';

/** The variables of the stores. */
export const storeVariables = {
  DATABASE_URL: secret(
    text(isDatabaseUrl, 'must be postgresql://user:password@host:port/database, percent-encoded').optional(),
  ),
  REDIS_URL: secret(
    text(
      isRedisUrl,
      'must be redis://[user:password@]host[:port][/db], ' +
        'redis-sentinel://[user:password@]host[:port],…/master[/db][?sentinelPassword=…] or ' +
        'redis-cluster://[user:password@]host[:port],…, with rediss for TLS, percent-encoded',
    ).optional(),
  ),
  DATA_DIR: z.string().default('.data'),
  ALLOW_EMBEDDED: oneOf('true', 'false').default('false'),
};

export interface StoreSettings {
  /** `postgresql://…`; undefined for PGlite in `dataDir`. */
  readonly databaseUrl: string | undefined;
  /** Undefined for the in-process store. */
  readonly redisUrl: string | undefined;
  /** A folder, or `memory`. */
  readonly dataDir: string;
}

export function storeSettings(values: Values<typeof storeVariables>): StoreSettings {
  return { databaseUrl: values.DATABASE_URL, redisUrl: values.REDIS_URL, dataDir: values.DATA_DIR };
}
