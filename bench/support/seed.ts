import { createHash } from 'node:crypto';
import * as argon2 from 'argon2';
import { connect } from './client.ts';
import { ask, type Credentials, login, operation } from './graphql.ts';
import type { Gatehouse } from './gatehouse.ts';
import type { Sql } from './stores.ts';

/** The default parameters, which the raw contender verifies with too. */
export const PARAMETERS = { type: argon2.argon2id, memoryCost: 65_536, timeCost: 3, parallelism: 4 } as const;
export const PASSWORD = 'the password of everybody';

/** The number of accounts in an embedded database, where each costs a hash. */
const EMBEDDED_USERS = 48;

/** A population of users from 1 to `count`, each with one session and the same password. */
export interface Population {
  readonly count: number;
  credentials(user: number): Credentials;
  /** Signs access tokens of some users, as the server would. */
  tokens(users: readonly number[]): Promise<string[]>;
}

/**
 * Gives a server `count` users and sessions, by SQL because a million registrations take days. An embedded database
 * gets a few dozen through `createUser`.
 */
export async function populate(gatehouse: Gatehouse, count: number): Promise<Population> {
  const users = gatehouse.sql ? count : Math.min(count, EMBEDDED_USERS);
  if (gatehouse.sql) await insert(gatehouse.sql, users);
  else await signUp(gatehouse, users);
  return {
    count: users,
    credentials: (user) => ({ username: usernameOf(user), password: PASSWORD }),
    tokens: (wanted) => sign(gatehouse, wanted),
  };
}

/** Returns distinct users from the whole population in no particular order, as arriving users would be. */
export function someOf(count: number, wanted: number): number[] {
  // A step without a common factor with the count visits every user before it repeats one.
  let step = Math.max(1, Math.floor(count * 0.618));
  while (commonDivisor(step, count) > 1) step += 1;
  return Array.from({ length: Math.min(wanted, count) }, (_, at) => ((at * step) % count) + 1);
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

function usernameOf(user: number): string {
  return `user${user}`;
}

/** Ids as scattered as random ones, and known without a query. */

function sessionIdOf(user: number): string {
  const digest = createHash('md5').update(`session${user}`).digest('hex');
  return digest.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

async function insert(sql: Sql, count: number): Promise<void> {
  const hash = await argon2.hash(PASSWORD, PARAMETERS);
  // Created within the last ten days, so that no session has ended and nothing needs cleaning.
  const made = "now() - interval '10 days' * n / " + count;
  await sql(
    `insert into users (id, username, email, full_name, role, password_hash, created_at)
     select md5('user' || n)::uuid, 'user' || n, 'user' || n || '@example.com', 'User ' || n, 'user', '${hash}', ${made}
     from generate_series(1, ${count}) n`,
  );
  await sql(
    `insert into sessions (id, user_id, token_digest, address, user_agent, created_at, last_used_at, expires_at,
       access_expires_at)
     select md5('session' || n)::uuid, md5('user' || n)::uuid, sha256(n::text::bytea), '127.0.0.1', 'Mozilla/5.0 (bench)',
       ${made}, ${made}, ${made} + interval '30 days', ${made} + interval '30 minutes'
     from generate_series(1, ${count}) n`,
  );
  await sql('vacuum (analyze) users');
  await sql('vacuum (analyze) sessions');
}

async function signUp({ url, admin }: Gatehouse, count: number): Promise<void> {
  const connection = await connect(url);
  const { accessToken } = await login(connection, admin);
  for (let user = 1; user <= count; user += 1) {
    const input = { username: usernameOf(user), email: `user${user}@example.com`, password: PASSWORD };
    const query = 'mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }';
    await ask(connection, operation(query, { input }, accessToken));
  }
  connection.close();
}

async function sign({ url, secret }: Gatehouse, users: readonly number[]): Promise<string[]> {
  const { openKeys } = await built<typeof import('../../src/keys/keys.ts')>('keys/keys.js');
  const { createAccessTokens } =
    await built<typeof import('../../src/tokens/access_token.ts')>('tokens/access_token.js');
  // Uses no key pairs: the secret signs (HS256, the default).
  const keys = await openKeys(
    { run: async () => [[], new Map()] as never },
    { secrets: [secret], algorithm: 'HS256' },
    Date.now,
  );
  const config = { accessTokenSeconds: 3600, issuer: url, audience: 'gatehouse' };
  const tokens = createAccessTokens(keys, config, Date.now);
  const now = new Date();
  return Promise.all(
    users.map(async (user) => {
      const subject = { sub: usernameOf(user), role: 'user', sid: sessionIdOf(user), scope: 'account' };
      return (await tokens.issue(subject, now, new Date(now.getTime() + 3_600_000))).token;
    }),
  );
}

/** Imports a module from the build, because the source has syntax that must be compiled. */
async function built<Module>(path: string): Promise<Module> {
  return (await import(new URL(`../../dist/${path}`, import.meta.url).href)) as Module;
}
