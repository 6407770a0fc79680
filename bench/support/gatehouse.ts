import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../test/support/free_port.ts';
import { type Child, startChild } from './child.ts';
import type { Credentials } from './graphql.ts';
import type { Sql, Stores } from './stores.ts';

/** A Gatehouse as operators run it: a separate process, from the build, in production mode. */
export interface Gatehouse {
  readonly url: string;
  readonly pid: number;
  readonly admin: Credentials;
  /** The signing secret, for tokens that are made without a request. */
  readonly secret: string;
  readonly env: Readonly<Record<string, string>>;
  readonly sql: Sql | undefined;
}

export const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** Makes passwords almost free, for benchmarks that do not measure hashing. */
export const SMALL_HASHES = {
  NODE_ENV: 'test',
  ARGON2_MEMORY_KIB: '64',
  ARGON2_TIME_COST: '1',
  ARGON2_PARALLELISM: '1',
};

/** The limits check every sign-in, as in production, but are too high to refuse one. */
const WIDE_LIMITS = { LOGIN_LIMIT_PER_ACCOUNT: '1000000', LOGIN_LIMIT_PER_IP: '1000000' };

/** Starts a Gatehouse over `stores`, on its own port. */
export async function startGatehouse(
  stores: Stores,
  settings: Readonly<Record<string, string>>,
): Promise<Gatehouse & Child> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const secret = randomBytes(32).toString('hex');
  const admin = { username: 'admin', password: 'the admin of the bench' };
  const env = {
    PORT: `${port}`,
    NODE_ENV: 'production',
    JWT_SECRET_KEY: secret,
    ADMIN_PASSWORD: admin.password,
    ...WIDE_LIMITS,
    ...stores.env,
    ...settings,
  };
  const child = startChild(MAIN, env);
  await child.ready(url, '/health/ready').catch(async (error: unknown) => {
    await child.close();
    throw error;
  });
  return { ...child, url, admin, secret, env, sql: stores.sql };
}
