import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { normalEmail } from '../kernel/email.ts';
import { isRedisUrl } from '../store/keyvalue/redis_url.ts';
import { bracketed, isDatabaseUrl, isHost, normalHeader, normalOrigin, normalPublicUrl, subnet } from './addresses.ts';
import { integer, list, oneOf, parsed, parseJson, text } from './schemas.ts';
import { subgraphOptions, subgraphs } from './subgraph_variables.ts';
import { tracingVariables } from './tracing_variables.ts';

// The tutorial's placeholder is long enough to pass for a key, and everybody knows it.
const key = text(
  (secret) => Buffer.byteLength(secret) >= 32,
  'must have at least 32 bytes. Generate it with: openssl rand -hex 32',
).refine(
  (secret) => secret !== 'your-64-character-hex-secret-here',
  "is the tutorial's placeholder. Generate a key with: openssl rand -hex 32",
);

/** RFC 7519, section 2, StringOrURI: what holds a colon is a URI. */
const stringOrUri = text(
  (value) => /^[\x21-\x7e]+$/.test(value) && (!value.includes(':') || URL.canParse(value)),
  'must be a URI, or a name without spaces and colons',
);

const roleName = z.string().regex(/^[a-z][a-z0-9._-]{0,63}$/i);

const scopeProblem = 'scopes must be strings without spaces, quotes and backslashes';

/** RFC 6749, section 3.3: a scope with a blank in it would be two in a token's `scope`. */
const scope = z.string({ error: scopeProblem }).regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, scopeProblem);
const scopes = z.array(scope, { error: 'every role needs an array of scopes' });

const roles = parsed(parseJson, 'must be JSON, such as {"admin":["*"],"user":["account"]}').pipe(
  z
    .record(roleName, scopes, {
      error: ({ code }) =>
        code === 'invalid_key'
          ? 'role names must be at most 64 letters, digits, ".", "_" and "-", and begin with a letter'
          : 'must be a JSON object, such as {"admin":["*"],"user":["account"]}',
    })
    .refine(
      (table) => Object.hasOwn(table, 'admin') && Object.hasOwn(table, 'user'),
      'must have the roles admin and user',
    ),
);

/** Every variable: text in, value out. */
export const Variables = z.object({
  NODE_ENV: oneOf('development', 'production', 'test').default('development'),
  HOST: text(isHost, 'must be an address or a host name, IPv6 without brackets').default('127.0.0.1'),
  PORT: integer(0, 65_535).default(4000),
  PUBLIC_URL: parsed(normalPublicUrl, 'must be an http or https URL without user, query and fragment').optional(),
  CORS_ORIGINS: list(normalOrigin, 'must be one exact origin without a path, such as https://app.example.com').default(
    [],
  ),
  CORS_HEADERS: list(normalHeader, 'must be the name of a header').default([]),
  TRUST_PROXY: list(subnet, 'must be an address or a CIDR, such as 10.0.0.0/8').default([]),
  DATABASE_URL: text(
    isDatabaseUrl,
    'must be postgresql://user:password@host:port/database, percent-encoded',
  ).optional(),
  REDIS_URL: text(
    isRedisUrl,
    'must be redis://[user:password@]host[:port][/db], ' +
      'redis-sentinel://[user:password@]host[:port],…/master[/db][?sentinelPassword=…] or ' +
      'redis-cluster://[user:password@]host[:port],…, with rediss for TLS, percent-encoded',
  ).optional(),
  DATA_DIR: z.string().default('.data'),
  ALLOW_EMBEDDED: oneOf('true', 'false').default('false'),
  JWT_SECRET_KEY: key.optional(),
  JWT_SECRET_KEY_PREVIOUS: key.optional(),
  ALGORITHM: oneOf('HS256', 'RS256', 'ES256', 'EdDSA').default('HS256'),
  KEY_ROTATION_DAYS: integer(0, 3_650).default(90),
  ACCESS_TOKEN_EXPIRE_MINUTES: integer(1, 60).default(30),
  // Browsers cut a cookie's life at 400 days.
  REFRESH_TOKEN_EXPIRE_DAYS: integer(1, 400).default(30),
  // The grace is time in which a stolen, already used token still opens its successor.
  REFRESH_GRACE_SECONDS: integer(0, 300).default(10),
  REFRESH_RETRY_HOURS: integer(0, 720).default(24),
  SESSIONS_PER_ACCOUNT: integer(1, 10_000).default(100),
  SESSION_IDLE_DAYS: integer(1, 400).optional(),
  REUSE_REVOKES: oneOf('user', 'family').default('user'),
  JWT_ISSUER: stringOrUri.optional(),
  JWT_AUDIENCE: stringOrUri.default('gatehouse'),
  // A slip of the keyboard must not turn every login into minutes of work or terabytes of memory.
  ARGON2_MEMORY_KIB: integer(8, 4_194_304).default(65_536),
  ARGON2_TIME_COST: integer(1, 100).default(3),
  ARGON2_PARALLELISM: integer(1, 64).default(4),
  // Each takes ARGON2_MEMORY_KIB; more than there are cores makes none of them sooner.
  HASH_AT_ONCE: integer(1, 256).optional(),
  HASH_QUEUE: integer(1, 100_000).default(64),
  // Not more: a place in the line of an account is kept for 45 seconds, this wait and the hash itself included.
  HASH_DEADLINE_SECONDS: integer(1, 25).default(10),
  ADMIN_USERNAME: z
    .string()
    .regex(/^[a-z0-9._-]{3,64}$/, 'must be 3 to 64 of a-z, 0-9, ".", "_" and "-"')
    .default('admin'),
  ADMIN_EMAIL: parsed(normalEmail, 'must be an e-mail address').default('admin@localhost.localdomain'),
  ADMIN_PASSWORD: text(isPasswordLong, 'must have 12 to 128 characters').optional(),
  REGISTRATION: oneOf('closed', 'open').default('closed'),
  LOGIN_LIMIT_PER_ACCOUNT: integer(1, 1_000_000).default(10),
  LOGIN_LIMIT_PER_IP: integer(1, 1_000_000).default(100),
  // 24 days: longer timers overflow and run out at once, and the limit with them (embedded).
  LOGIN_LIMIT_WINDOW_SECONDS: integer(1, 24 * 86_400).default(900),
  ROLES: roles.default({ admin: ['*'], user: ['account'] }),
  INTROSPECTION: oneOf('on', 'off', 'role').optional(),
  AUDIT_RETENTION_DAYS: integer(1, 36_500).default(365),
  WORKERS: parsed(
    (text) => (text === 'auto' ? availableParallelism() : /^[1-9]\d{0,2}$/.test(text) ? Number(text) : undefined),
    'must be auto, or a whole number from 1 to 999',
  ).default(1),
  LOG_LEVEL: oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent').default('info'),
  SUBGRAPHS: subgraphs.optional(),
  SUPERGRAPH_FILE: z.string().optional(),
  SUPERGRAPH_POLL_SECONDS: integer(1, 3_600).default(10),
  SUBGRAPH_OPTIONS: subgraphOptions.default({}),
  UNAUTHORIZED: oneOf('filter', 'reject', 'dry-run').default('filter'),
  POLICIES_FILE: z.string().optional(),
  // What no header can carry would be refused at every request.
  ROUTER_SECRET: key
    .regex(/^[\x21-\x7e]*$/, 'must be printable ASCII without spaces. Generate it with: openssl rand -hex 32')
    .optional(),
  ...tracingVariables,
});

export type Variable = keyof typeof Variables.shape;

/** The variables that also come as `NAME_FILE`, and whose values are shown nowhere. */
export const secretVariables = [
  'JWT_SECRET_KEY',
  'JWT_SECRET_KEY_PREVIOUS',
  'ADMIN_PASSWORD',
  'DATABASE_URL',
  'REDIS_URL',
  'ROUTER_SECRET',
  'OTEL_EXPORTER_OTLP_HEADERS',
  'OTEL_EXPORTER_OTLP_TRACES_HEADERS',
] as const satisfies readonly Variable[];

// NIST SP 800-63B, as for every account's password; the rest of the policy judges it when the account is made.
function isPasswordLong(text: string): boolean {
  const { length } = [...text.normalize('NFKC')];
  return length >= 12 && length <= 128;
}

/** The address clients use: as it is set, or where the server listens. */
export function publicUrlOf(values: Pick<z.output<typeof Variables>, 'PUBLIC_URL' | 'HOST' | 'PORT'>): string {
  const own = `http://${bracketed(values.HOST)}:${values.PORT}`;
  return values.PUBLIC_URL ?? normalPublicUrl(own) ?? own;
}
