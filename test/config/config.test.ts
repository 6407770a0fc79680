import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ConfigurationError, lineOf, loadEnvironment, readConfig, startupWarnings } from '../../src/config/config.ts';
import { misspeltWarnings } from '../../src/config/misspelt.ts';
import { secretVariables, Variables } from '../../src/config/variables.ts';
import { isSecretName } from '../../src/kernel/secret_names.ts';

const KEY = '0f'.repeat(32);
const OTHER_KEY = '1e'.repeat(32);
const DATABASE = 'postgresql://gatehouse:hunter2hunter2@db:5432/gatehouse';

/** The stores that processes can share. */
const SHARED = { DATABASE_URL: DATABASE, REDIS_URL: 'redis://cache', JWT_SECRET_KEY: KEY };

function faultsOf(environment: Record<string, string>, readSecret?: (path: string) => string): readonly string[] {
  try {
    readConfig(environment, readSecret);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults.map(lineOf);
    throw error;
  }
  return [];
}

const blamedBy = (environment: Record<string, string>) => faultsOf(environment).map((fault) => fault.split(':')[0]);

/** Variables whose names suggest a secret, and the reason why they hold none. */
const NOT_SECRET: Readonly<Record<string, string>> = {
  PUBLIC_URL: 'has no user part',
  CORS_HEADERS: 'names of headers',
  BREACHED_PASSWORDS: 'a path or an address without a user part',
  PASSWORD_RESET: 'on or off',
  KEY_ROTATION_DAYS: 'a number',
  ACCESS_TOKEN_EXPIRE_MINUTES: 'a number',
  REFRESH_TOKEN_EXPIRE_DAYS: 'a number',
};

it('offers NAME_FILE for every variable that may hold a secret, or states a reason why not', () => {
  const holdsOne = (name: string) => isSecretName(name) || /(?:^|_)(?:URL|HEADERS|KEY)(?:_|$)/.test(name);
  const named = Object.keys(Variables.shape).filter(holdsOne);
  expect(named.sort()).toEqual([...secretVariables, ...Object.keys(NOT_SECRET)].sort());
});

describe('defaults', () => {
  it('are those of the contract', () => {
    expect(readConfig({})).toEqual({
      environment: 'development',
      workers: 1,
      http: {
        host: '127.0.0.1',
        port: 4000,
        publicUrl: 'http://127.0.0.1:4000',
        corsOrigins: [],
        corsHeaders: [],
        trustProxy: [],
        routerSecret: undefined,
      },
      store: { databaseUrl: undefined, redisUrl: undefined, dataDir: '.data' },
      secret: { key: undefined, previous: undefined },
      tokens: {
        algorithm: 'HS256',
        accessTokenSeconds: 1800,
        issuer: 'http://127.0.0.1:4000',
        audience: 'gatehouse',
        keyRotationDays: 90,
      },
      sessions: {
        lifetimeSeconds: 2_592_000,
        graceSeconds: 10,
        retrySeconds: 86_400,
        perAccount: 100,
        idleSeconds: 2_592_000,
        reuseRevokes: 'user',
      },
      hashing: {
        memoryKib: 65_536,
        timeCost: 3,
        parallelism: 4,
        atOnce: availableParallelism(),
        queue: 64,
        deadlineSeconds: 10,
      },
      breachedPasswords: null,
      admin: { username: 'admin', email: 'admin@localhost.localdomain', password: undefined },
      registrationOpen: false,
      passkeys: {
        on: true,
        relyingParty: { id: 'localhost', origins: ['http://localhost:4000'], related: [] },
      },
      limits: { perAccount: 10, perAddress: 100, windowSeconds: 900 },
      roles: { admin: ['*'], user: ['account'] },
      factors: { allowed: true, required: [], freshSeconds: 900, rememberSeconds: 0 },
      recovery: { isEmailRequired: false, isResetOpen: true },
      audit: { retentionDays: 365 },
      mail: {
        server: null,
        from: { name: 'Gatehouse', address: 'no-reply@localhost' },
        templates: undefined,
      },
      introspection: 'on',
      gateway: null,
      log: { level: 'info' },
      tracing: null,
    });
  });

  it('apply to empty values too', () => {
    const empty = Object.fromEntries(Object.keys(Variables.shape).map((name) => [name, '']));
    expect(readConfig(empty)).toEqual(readConfig({}));
  });
});

describe('a good value', () => {
  it.each<[Record<string, string>, object]>([
    [{ PORT: '0' }, { http: { port: 0 } }],
    [{ BREACHED_PASSWORDS: '/data/a,b.bin' }, { breachedPasswords: { service: undefined, file: '/data/a,b.bin' } }],
    [
      { BREACHED_PASSWORDS: 'https://a.example/range' },
      { breachedPasswords: { service: 'https://a.example/range', file: undefined } },
    ],
    [
      { BREACHED_PASSWORDS: 'HTTP://a.example:8080/range, data/b.bin' },
      { breachedPasswords: { service: 'HTTP://a.example:8080/range', file: 'data/b.bin' } },
    ],
    [{ PORT: '65535' }, { http: { port: 65_535 } }],
    [{ HOST: '::1', PORT: '80' }, { http: { host: '::1', publicUrl: 'http://[::1]' } }],
    [{ HOST: '::', PORT: '8080' }, { http: { publicUrl: 'http://[::]:8080' } }],
    [{ PUBLIC_URL: 'https://Auth.Example.com/' }, { http: { publicUrl: 'https://auth.example.com' } }],
    [{ PUBLIC_URL: 'https://example.com/auth/' }, { tokens: { issuer: 'https://example.com/auth' } }],
    [{ PUBLIC_URL: 'https://a.example', JWT_ISSUER: 'urn:gatehouse' }, { tokens: { issuer: 'urn:gatehouse' } }],
    [
      { CORS_ORIGINS: 'https://A.example:443, http://b.example:8080' },
      { http: { corsOrigins: ['https://a.example', 'http://b.example:8080'] } },
    ],
    [
      { TRUST_PROXY: '10.0.0.0/8, fd00::/8,192.168.1.4' },
      { http: { trustProxy: ['10.0.0.0/8', 'fd00::/8', '192.168.1.4'] } },
    ],
    [
      { DATABASE_URL: DATABASE, JWT_SECRET_KEY: KEY },
      { store: { databaseUrl: DATABASE }, secret: { key: KEY } },
    ],
    [
      { DATABASE_URL: 'postgres://%2Fvar%2Frun/gatehouse', JWT_SECRET_KEY: KEY },
      { store: { databaseUrl: 'postgres://%2Fvar%2Frun/gatehouse' } },
    ],
    [{ DATA_DIR: 'memory' }, { store: { dataDir: 'memory' }, secret: { key: undefined } }],
    [{ JWT_SECRET_KEY: KEY, JWT_SECRET_KEY_PREVIOUS: OTHER_KEY }, { secret: { key: KEY, previous: OTHER_KEY } }],
    [{ JWT_SECRET_KEY: 'é'.repeat(16) }, { secret: { key: 'é'.repeat(16) } }],
    [{ JWT_SECRET_KEY: ` ${KEY} ` }, { secret: { key: ` ${KEY} ` } }],
    [{ ALGORITHM: 'EdDSA' }, { tokens: { algorithm: 'EdDSA' } }],
    [{ ACCESS_TOKEN_EXPIRE_MINUTES: '60' }, { tokens: { accessTokenSeconds: 3600 } }],
    [{ REFRESH_TOKEN_EXPIRE_DAYS: '1' }, { sessions: { lifetimeSeconds: 86_400 } }],
    [
      { REFRESH_GRACE_SECONDS: '0', REUSE_REVOKES: 'family' },
      { sessions: { graceSeconds: 0, reuseRevokes: 'family' } },
    ],
    [{ ARGON2_MEMORY_KIB: '19456', ARGON2_TIME_COST: '2' }, { hashing: { memoryKib: 19_456, timeCost: 2 } }],
    [{ ARGON2_MEMORY_KIB: '47104', ARGON2_TIME_COST: '1' }, { hashing: { memoryKib: 47_104, timeCost: 1 } }],
    [
      { NODE_ENV: 'test', ARGON2_MEMORY_KIB: '8', ARGON2_TIME_COST: '1', ARGON2_PARALLELISM: '1' },
      { hashing: { memoryKib: 8 } },
    ],
    [
      { ADMIN_USERNAME: 'ro.ot', ADMIN_PASSWORD: 'twelve chars' },
      { admin: { username: 'ro.ot', password: 'twelve chars' } },
    ],
    [{ REGISTRATION: 'open' }, { registrationOpen: true }],
    [
      { EMAIL_VERIFICATION: 'required', PASSWORD_RESET: 'off' },
      { recovery: { isEmailRequired: true, isResetOpen: false } },
    ],
    [{ PASSKEYS: 'off' }, { passkeys: { on: false, relyingParty: null } }],
    [{ PASSKEY_RP_ID: 'localhost' }, { passkeys: { relyingParty: { id: 'localhost' } } }],
    [{ PUBLIC_URL: 'http://[::1]:80' }, { passkeys: { relyingParty: { id: 'localhost' } } }],
    [
      { PUBLIC_URL: 'http://gate.localhost:81' },
      { passkeys: { relyingParty: { id: 'gate.localhost', origins: ['http://gate.localhost:81'] } } },
    ],
    [{ PUBLIC_URL: 'http://auth.lan' }, { passkeys: { on: true, relyingParty: null } }],
    [{ PUBLIC_URL: 'https://192.168.1.4' }, { passkeys: { on: true, relyingParty: null } }],
    [{ PUBLIC_URL: 'https://[fd00::1]' }, { passkeys: { on: true, relyingParty: null } }],
    [
      { PUBLIC_URL: 'https://auth.example.com/gate', PASSKEY_RP_ID: 'Example.com' },
      { passkeys: { relyingParty: { id: 'example.com', origins: ['https://auth.example.com'], related: [] } } },
    ],
    [
      {
        PUBLIC_URL: 'https://auth.example.com',
        PASSKEY_RP_ID: 'example.com',
        CORS_ORIGINS: 'https://app.example.com,https://app.example,http://app.example,capacitor://localhost',
      },
      {
        passkeys: {
          relyingParty: {
            id: 'example.com',
            origins: [
              'https://auth.example.com',
              'https://app.example.com',
              'https://app.example',
              'capacitor://localhost',
            ],
            related: ['https://app.example'],
          },
        },
      },
    ],
    [
      { ROLES: '{"admin":["*"],"user":[],"auditor":["audit:read"]}' },
      { roles: { admin: ['*'], user: [], auditor: ['audit:read'] } },
    ],
    [{ INTROSPECTION: 'off' }, { introspection: 'off' }],
    [{ INTROSPECTION: 'role' }, { introspection: 'role' }],
    [
      { SUBGRAPHS: 'orders=http://orders:4001/graphql, Re-views=https://reviews/?key=a=b' },
      {
        gateway: {
          subgraphs: [
            { name: 'orders', url: 'http://orders:4001/graphql' },
            { name: 'Re-views', url: 'https://reviews/?key=a=b' },
          ],
          supergraphFile: null,
          pollSeconds: 10,
          unauthorized: 'filter',
          settings: {},
        },
      },
    ],
    [
      {
        SUPERGRAPH_FILE: 'supergraph.graphql',
        SUPERGRAPH_POLL_SECONDS: '5',
        UNAUTHORIZED: 'dry-run',
        POLICIES_FILE: 'policies.js',
        SUBGRAPH_OPTIONS: '{"*":{"timeoutMs":500},"orders":{"headers":["x-tenant"],"forwardToken":true}}',
      },
      {
        gateway: {
          subgraphs: null,
          supergraphFile: 'supergraph.graphql',
          pollSeconds: 5,
          unauthorized: 'dry-run',
          policiesFile: 'policies.js',
          settings: { '*': { timeoutMs: 500 }, orders: { headers: ['x-tenant'], forwardToken: true } },
        },
      },
    ],
    [{ UNAUTHORIZED: 'reject' }, { gateway: null }],
    [
      { HASH_AT_ONCE: '3', HASH_QUEUE: '7', HASH_DEADLINE_SECONDS: '20' },
      { hashing: { atOnce: 3, queue: 7, deadlineSeconds: 20 } },
    ],
    [{ WORKERS: '1' }, { workers: 1 }],
    [{ WORKERS: '4', ...SHARED }, { workers: 4 }],
    [{ WORKERS: 'auto', ...SHARED }, { workers: availableParallelism() }],
    [{ AUDIT_RETENTION_DAYS: '7' }, { audit: { retentionDays: 7 } }],
    [{ JWT_SECRET_KEY: KEY, ROUTER_SECRET: OTHER_KEY }, { http: { routerSecret: OTHER_KEY } }],
  ])('%j', (environment, expected) => {
    expect(readConfig(environment)).toMatchObject(expected);
  });

  it.each([
    'redis://cache',
    'redis://default:p%40ss@cache:6379/2',
    'rediss://cache:6380',
    'redis-sentinel://one:26379,two:26379/main',
    'rediss-sentinel://:p%40ss@one:26379,[fd00::1]:26379/main/3',
    'redis-cluster://one:6379,two:6379',
    'rediss-cluster://:secret@one:6379/',
    'redis-cluster://one',
    'redis-cluster://user:secret@one',
    'redis-sentinel://user:p%40ss@one,two:26379/main/1?sentinelPassword=o%26ther',
  ])('REDIS_URL %s', (redisUrl) => {
    expect(readConfig({ REDIS_URL: redisUrl }).store.redisUrl).toBe(redisUrl);
  });
});

describe('reports the name of a bad value:', () => {
  const bad: Record<string, string[]> = {
    NODE_ENV: ['prod', 'Production'],
    HOST: ['[::1]', 'a b', 'http://localhost', '256.1.1.1', 'fe80::1%eth0'],
    PORT: ['65536', '-1', '80.5', '0x50', '1e3', ' 80', 'http'],
    PUBLIC_URL: [
      'example.com',
      'ftp://example.com',
      'https://a.example/?x=1',
      'https://a.example/#x',
      'https://a:b@c.example',
      'https:///a',
      'http://a.example?',
    ],
    CORS_ORIGINS: [
      '*',
      'null',
      'https://*.example.com',
      'https://a.example/',
      'https://a.example/app',
      'a.example',
      'file://a',
      'capacitor://',
      'capacitor://localhost/',
      'capacitor://*',
      'blob://a',
      'wss://a.example',
      'https://a.example,',
      'https://a:b@c.example',
      'https://a.example:99999',
    ],
    PASSKEYS: ['true', 'ON', 'required'],
    PASSKEY_RP_ID: [
      'https://example.com',
      'example.com:443',
      'example.com/',
      'a b',
      '*.example.com',
      '127.0.0.1',
      '[::1]',
      '1',
      '.com',
      'example.com.',
      'example.com',
    ],
    BREACHED_PASSWORDS: [
      'https://',
      'https://a b.example',
      'https://user:secret@a.example/range',
      'https://a.example/range?mode=ntlm',
      'https://a.example/#x',
      'https://a.example:99999',
      'https://a.example,',
      'https://a.example,https://b.example',
    ],
    CORS_HEADERS: ['*', 'x y', 'x:y', 'x-a,', 'é', 'x'.repeat(101)],
    TRUST_PROXY: [
      '1',
      'true',
      'loopback',
      '10.0.0.0/33',
      '0.0.0.0/0',
      '10.0.0.0/',
      '10.0.0.0/255.0.0.0',
      '10.0.0.0/8/8',
      '010.0.0.1',
      '10.0.0.1,',
    ],
    REDIS_URL: [
      'cache:6379',
      'http://cache',
      'redis://',
      'redis://a,b',
      'redis://cache/zero',
      'redis://cache/0#1',
      'redis://cache?db=1',
      'redis-sentinel://one/main?password=x',
      'redis://:p%zz@cache',
      'redis-sentinel://one:26379',
      'redis-sentinel://one:26379/main/x',
      'redis-cluster://one:6379/1',
      'redis-cluster://one:99999',
      'redis-cluster://one:6379,',
    ],
    ALLOW_EMBEDDED: ['yes', 'TRUE'],
    JWT_SECRET_KEY: ['x'.repeat(31), 'é'.repeat(15), 'your-64-character-hex-secret-here'],
    JWT_SECRET_KEY_PREVIOUS: ['short'],
    ALGORITHM: ['none', 'hs256', 'HS512'],
    ACCESS_TOKEN_EXPIRE_MINUTES: ['0', '61', '1.5'],
    REFRESH_TOKEN_EXPIRE_DAYS: ['0', '401'],
    REFRESH_GRACE_SECONDS: ['-1', '301'],
    REFRESH_RETRY_HOURS: ['-1', '721', '1.5'],
    SESSIONS_PER_ACCOUNT: ['0', '10001', 'many'],
    SESSION_IDLE_DAYS: ['0', '401', 'never'],
    KEY_ROTATION_DAYS: ['-1', '3651', '1.5'],
    REUSE_REVOKES: ['session'],
    SECOND_FACTOR: ['always', 'off,admin', 'admin,', 'admin,no such role!'],
    FRESH_MINUTES: ['0', '1441', 'soon'],
    REMEMBER_DEVICE_DAYS: ['-1', '401', 'ever'],
    JWT_ISSUER: ['a b', 'not:\u00a0a uri', ':x'],
    JWT_AUDIENCE: ['a b'],
    ARGON2_MEMORY_KIB: ['7', '19455', '4194305'],
    ARGON2_TIME_COST: ['0', '101'],
    ARGON2_PARALLELISM: ['0', '65'],
    HASH_AT_ONCE: ['0', '257', 'auto'],
    HASH_QUEUE: ['0', '100001', 'none'],
    HASH_DEADLINE_SECONDS: ['0', '26', '1.5'],
    WORKERS: ['0', '-1', '1000', '2.5', 'AUTO', '0x2'],
    ADMIN_USERNAME: ['ab', 'Admin', 'a b c', 'x'.repeat(65)],
    ADMIN_EMAIL: ['admin', 'admin@localhost', `${'a'.repeat(64)}@${'b.'.repeat(100)}com`],
    ADMIN_PASSWORD: ['eleven char', 'x'.repeat(129), 'e\u0301'.repeat(11)],
    REGISTRATION: ['true'],
    EMAIL_VERIFICATION: ['true'],
    PASSWORD_RESET: ['true'],
    LOGIN_LIMIT_PER_ACCOUNT: ['0', '-5'],
    LOGIN_LIMIT_PER_IP: ['0'],
    LOGIN_LIMIT_WINDOW_SECONDS: ['0', '2592000'],
    ROLES: [
      '{',
      '[]',
      'null',
      '{"admin":["*"]}',
      '{"user":[]}',
      '{"admin":"*","user":[]}',
      '{"admin":["a b"],"user":[]}',
      '{"admin":[""],"user":[]}',
      '{"admin":[1],"user":[]}',
      '{"admin":[],"user":[],"a b":[]}',
    ],
    INTROSPECTION: ['true'],
    SUBGRAPHS: [
      'orders',
      'orders=',
      'orders=ftp://orders/',
      'orders=http://user@orders/',
      'orders=http://orders/#part',
      'or ders=http://orders/',
      '1orders=http://orders/',
      'gatehouse=http://orders/',
      'a=http://a/,a=http://b/',
      'a-b=http://a/,A_B=http://b/',
      'a=http://a/,',
    ],
    SUPERGRAPH_POLL_SECONDS: ['0', '3601', 'often'],
    UNAUTHORIZED: ['open'],
    SUBGRAPH_OPTIONS: [
      '[]',
      'no JSON',
      '{"or ders":{}}',
      '{"orders":1}',
      '{"orders":{"timeout":1}}',
      '{"orders":{"timeoutMs":0}}',
      '{"orders":{"timeoutMs":"1"}}',
      '{"orders":{"forwardToken":"yes"}}',
      '{"orders":{"headers":["Authorization"]}}',
      '{"orders":{"headers":["authorization"]}}',
      '{"orders":{"headers":["gatehouse-identity"]}}',
      '{"orders":{"headers":["cookie"]}}',
      '{"orders":{"headers":["host"]}}',
      '{"orders":{"headers":"x-tenant"}}',
    ],
    AUDIT_RETENTION_DAYS: ['0', 'forever'],
    MAIL_URL: ['mail.example', 'https://mail.example', 'smtp://user@mail.example', 'smtp://a:b@mail.example?tls=off'],
    MAIL_FROM: ['Example', 'a@example.com, b@example.com', 'Example <a@example.com>\r\nBcc: b@example.com'],
    MAIL_TEMPLATES: [' '],
    LOG_LEVEL: ['verbose'],
    OTEL_SDK_DISABLED: ['yes'],
    OTEL_TRACES_EXPORTER: ['otpl', 'otlp,jaeger'],
    OTEL_EXPORTER_OTLP_ENDPOINT: ['collector:4318', 'grpc://collector:4317', 'http://user@collector:4318'],
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: ['collector'],
    OTEL_EXPORTER_OTLP_PROTOCOL: ['http', 'json'],
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: ['protobuf'],
    OTEL_EXPORTER_OTLP_HEADERS: ['a secret alone', 'a=b;c'],
    OTEL_EXPORTER_OTLP_TRACES_HEADERS: ['=b'],
    OTEL_RESOURCE_ATTRIBUTES: ['production', 'a=b,c'],
    OTEL_TRACES_SAMPLER: ['sometimes'],
    OTEL_TRACES_SAMPLER_ARG: ['1.5', '-1', 'half'],
    OTEL_PROPAGATORS: ['w3c'],
    ROUTER_SECRET: ['x'.repeat(31), ` ${KEY}`, `${KEY}\t`, 'é'.repeat(32)],
  };

  it.each(Object.entries(bad).flatMap(([name, values]) => values.map((value) => ({ name, value }))))(
    '$name=$value',
    ({ name, value }) => {
      expect(new Set(blamedBy({ [name]: value }))).toEqual(new Set([name]));
      // Messages of zod itself, which may quote the value.
      expect(faultsOf({ [name]: value }).join()).not.toMatch(/invalid|expected|received/i);
    },
  );

  it.each([
    'mysql://db/x',
    'db:5432',
    'postgresql://db',
    'postgresql:///gatehouse',
    'postgresql://a,b/x',
    'postgresql://u:p#s@db/x',
    'postgresql://u:p%zz@db/x',
  ])('DATABASE_URL=%s', (url) => {
    expect(blamedBy({ DATABASE_URL: url, JWT_SECRET_KEY: KEY })).toEqual(['DATABASE_URL']);
  });

  it('covers every variable', () => {
    const anyText = ['DATA_DIR', 'SUPERGRAPH_FILE', 'POLICIES_FILE', 'OTEL_SERVICE_NAME'];
    const elsewhere = ['DATABASE_URL'];
    expect([...Object.keys(bad), ...anyText, ...elsewhere].sort()).toEqual(Object.keys(Variables.shape).sort());
  });

  it.each([
    ['ARGON2_MEMORY_KIB', { ARGON2_MEMORY_KIB: '47103', ARGON2_TIME_COST: '1' }],
    ['ARGON2_MEMORY_KIB', { NODE_ENV: 'test', ARGON2_MEMORY_KIB: '63', ARGON2_PARALLELISM: '8' }],
    ['JWT_SECRET_KEY_PREVIOUS', { JWT_SECRET_KEY: KEY, JWT_SECRET_KEY_PREVIOUS: KEY }],
    ['SUPERGRAPH_FILE', { SUBGRAPHS: 'a=http://a/', SUPERGRAPH_FILE: 'supergraph.graphql' }],
    ['SUBGRAPH_OPTIONS', { SUBGRAPHS: 'a=http://a/', SUBGRAPH_OPTIONS: '{"*":{},"a":{},"b":{}}' }],
    ['SUBGRAPH_OPTIONS', { SUBGRAPHS: 'A-b=http://a/', SUBGRAPH_OPTIONS: '{"a_b":{}}' }],
    ['ROUTER_SECRET', { JWT_SECRET_KEY: KEY, ROUTER_SECRET: KEY }],
    ['PASSKEY_RP_ID', { PASSKEY_RP_ID: 'com', PUBLIC_URL: 'https://auth.example.com' }],
    ['PASSKEY_RP_ID', { PASSKEY_RP_ID: 'ample.com', PUBLIC_URL: 'https://auth.example.com' }],
    ['PASSKEY_RP_ID', { PASSKEY_RP_ID: 'login.auth.example.com', PUBLIC_URL: 'https://auth.example.com' }],
    ['PASSKEY_RP_ID', { PASSKEY_RP_ID: 'example.org', PUBLIC_URL: 'https://auth.example.com' }],
    ['PASSKEY_RP_ID', { PASSKEY_RP_ID: 'example.com', PUBLIC_URL: 'http://auth.example.com' }],
    ['PASSKEY_RP_ID', { PASSKEY_RP_ID: 'localhost', PUBLIC_URL: 'https://192.168.1.4' }],
    ['PASSKEY_RP_ID', { PASSKEY_RP_ID: 'localhost', PUBLIC_URL: 'https://app.localhost' }],
    ['ROUTER_SECRET', { JWT_SECRET_KEY: KEY, JWT_SECRET_KEY_PREVIOUS: OTHER_KEY, ROUTER_SECRET: OTHER_KEY }],
  ])('%s in a combination: %j', (name, environment) => {
    expect(blamedBy(environment)).toEqual([name]);
  });

  it('unknown subgraphs in settings, each with its name, among all other faults', () => {
    const environment = {
      PORT: 'x',
      SUBGRAPHS: 'a=http://a/',
      SUBGRAPH_OPTIONS: '{"ordres":{},"a":{},"gatehouse":{}}',
    };
    expect(blamedBy(environment)).toEqual(['PORT', 'SUBGRAPH_OPTIONS']);
    expect(faultsOf(environment)).toContain(
      'SUBGRAPH_OPTIONS: names subgraphs that are not in SUBGRAPHS: ordres, gatehouse',
    );
    const known = { SUBGRAPHS: 'a=http://a/,b=http://b/', SUBGRAPH_OPTIONS: '{"*":{},"b":{}}' };
    expect(readConfig(known).gateway?.settings).toEqual({ '*': {}, b: {} });
  });
});

describe('required variables', () => {
  const complete = { NODE_ENV: 'production', DATABASE_URL: DATABASE, REDIS_URL: 'redis://cache', JWT_SECRET_KEY: KEY };

  it('in production are both stores and the key', () => {
    expect(blamedBy({ NODE_ENV: 'production' })).toEqual(['DATABASE_URL', 'REDIS_URL', 'JWT_SECRET_KEY']);
    expect(readConfig(complete)).toMatchObject({ environment: 'production', introspection: 'off' });
  });

  it.each(['DATABASE_URL', 'REDIS_URL', 'JWT_SECRET_KEY'])(
    'in production include %s, even if only that is missing',
    (name) => {
      expect(blamedBy({ ...complete, [name]: '' })).toEqual([name]);
    },
  );

  it('in production with ALLOW_EMBEDDED=true are none', () => {
    expect(readConfig({ NODE_ENV: 'production', ALLOW_EMBEDDED: 'true' }).store.databaseUrl).toBeUndefined();
  });

  it.each(['production', 'development', 'test'])('with a PostgreSQL are the key, also in %s', (NODE_ENV) => {
    expect(blamedBy({ NODE_ENV, ALLOW_EMBEDDED: 'true', DATABASE_URL: DATABASE })).toEqual(['JWT_SECRET_KEY']);
  });

  it('are the shared stores if there are several processes', () => {
    expect(blamedBy({ WORKERS: '2' })).toEqual(['DATABASE_URL', 'REDIS_URL']);
    expect(blamedBy({ ...SHARED, WORKERS: '2', REDIS_URL: '' })).toEqual(['REDIS_URL']);
  });

  it('may come from files', () => {
    const files: Record<string, string> = {
      '/db': DATABASE,
      '/redis': 'redis://cache',
      '/key': KEY,
      '/router': OTHER_KEY,
    };
    const environment = {
      NODE_ENV: 'production',
      DATABASE_URL_FILE: '/db',
      REDIS_URL_FILE: '/redis',
      JWT_SECRET_KEY_FILE: '/key',
      ROUTER_SECRET_FILE: '/router',
    };
    expect(readConfig(environment, (path) => files[path] ?? '')).toMatchObject({
      store: { databaseUrl: DATABASE, redisUrl: 'redis://cache' },
      secret: { key: KEY },
      http: { routerSecret: OTHER_KEY },
    });
  });
});

describe('ConfigurationError', () => {
  const everythingWrong = {
    NODE_ENV: 'production',
    PORT: 'http',
    JWT_SECRET_KEY: 'tell-nobody-1',
    JWT_SECRET_KEY_PREVIOUS: 'tell-nobody-2',
    ADMIN_PASSWORD: 'tell-nobody',
    DATABASE_URL: 'mysql://root:tell-nobody-4@db/x',
    REDIS_URL_FILE: 'tell-nobody-5',
    ROUTER_SECRET: 'tell-nobody-6',
    CORS_ORIGINS: 'https://user:tell-nobody-7@a.example,*',
    ROLES: '{"admin": tell-nobody-8',
    ARGON2_MEMORY_KIB: '1024',
    WORKERS: 'many',
  };

  it('lists all faults at once, one a line, which begins with the name', () => {
    expect(() => readConfig(everythingWrong)).toThrow(ConfigurationError);
    const lines = faultsOf(everythingWrong);
    expect(lines.map((line) => /^([A-Z0-9_]+): \S/.exec(line)?.[1]).sort()).toEqual([
      'ADMIN_PASSWORD',
      'ARGON2_MEMORY_KIB',
      'CORS_ORIGINS',
      'CORS_ORIGINS',
      'DATABASE_URL',
      'JWT_SECRET_KEY',
      'JWT_SECRET_KEY_PREVIOUS',
      'PORT',
      'REDIS_URL_FILE',
      'ROLES',
      'ROUTER_SECRET',
      'WORKERS',
    ]);
    expect(() => readConfig(everythingWrong)).toThrow(lines.join('\n'));
  });

  it('names the position of a bad entry in a list', () => {
    expect(faultsOf({ CORS_ORIGINS: 'https://a.example,null' })).toEqual([expect.stringContaining('entry 2')]);
  });

  it('shows neither a value nor a path that may be one', () => {
    expect.assertions(2);
    try {
      readConfig(everythingWrong);
    } catch (error) {
      expect(String(error)).not.toContain('tell-nobody');
      expect(JSON.stringify(error)).not.toContain('tell-nobody');
    }
  });
});

describe('the config', () => {
  it('is deeply frozen', () => {
    const config = readConfig({ CORS_ORIGINS: 'https://a.example' });
    const unfrozen = (value: unknown): boolean =>
      typeof value === 'object' && value !== null && (!Object.isFrozen(value) || Object.values(value).some(unfrozen));
    expect(unfrozen(config)).toBe(false);
    expect(() => (config.roles['user'] as string[]).push('*')).toThrow(TypeError);
    // Two configurations must not share defaults.
    expect(readConfig({}).roles).toEqual({ admin: ['*'], user: ['account'] });
  });

  it.each(['constructor', '__proto__', 'toString'])('has no role %s by accident', (name) => {
    expect(readConfig({}).roles[name]).toBeUndefined();
  });
});

describe('with a folder', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gatehouse-config-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  const write = (name: string, content: string | Uint8Array) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };

  it('reads .env, but prefers the environment of the process, even an empty value', () => {
    write('.env', 'HOST=0.0.0.0\nPORT=5000\nREDIS_URL="redis://cache"\n');
    const environment = loadEnvironment(folder, { PORT: '6000', REDIS_URL: '' });
    expect(readConfig(environment)).toMatchObject({
      http: { host: '0.0.0.0', port: 6000 },
      store: { redisUrl: undefined },
    });
  });

  it('works without a .env', () => {
    expect(loadEnvironment(folder, { PORT: '6000' })).toEqual({ PORT: '6000' });
  });

  it('reads the first line of a .env after a byte order mark', () => {
    write('.env', '\uFEFFNODE_ENV=production\n');
    expect(loadEnvironment(folder, {})).toEqual({ NODE_ENV: 'production' });
  });

  it('throws for a .env that cannot be read', () => {
    mkdirSync(join(folder, '.env'));
    expect(() => loadEnvironment(folder, {})).toThrow(
      new ConfigurationError([{ name: '.env', problem: 'cannot be read (EISDIR)' }]),
    );
  });

  it.each([
    ['without a newline', KEY, KEY],
    ['with a newline', `${KEY}\n`, KEY],
    ['with a Windows newline', `${KEY}\r\n`, KEY],
    ['with blanks, which are kept', ` ${KEY} \n`, ` ${KEY} `],
  ])('reads a secret file %s', (_, content, expected) => {
    expect(readConfig({ JWT_SECRET_KEY_FILE: write('key', content) }).secret.key).toBe(expected);
  });

  it.each(secretVariables)('reports %s_FILE if the file is missing', (name) => {
    expect(faultsOf({ [`${name}_FILE`]: join(folder, 'none') })).toContain(`${name}_FILE: cannot be read (ENOENT)`);
  });

  it('reports a secret that is set both directly and by a file', () => {
    expect(blamedBy({ JWT_SECRET_KEY: KEY, JWT_SECRET_KEY_FILE: write('key', KEY) })).toEqual(['JWT_SECRET_KEY_FILE']);
  });

  it('reports an empty secret file instead of treating the secret as unset', () => {
    expect(blamedBy({ REDIS_URL_FILE: write('redis', '\n') })).toEqual(['REDIS_URL_FILE']);
  });

  it('reports a key of raw bytes, which would lose its randomness', () => {
    const path = write('key', new Uint8Array(64).fill(0xfe));
    expect(faultsOf({ JWT_SECRET_KEY_FILE: path })).toEqual(['JWT_SECRET_KEY_FILE: cannot be read (not UTF-8 text)']);
  });

  it('validates a secret from a file like one from the environment', () => {
    expect(blamedBy({ JWT_SECRET_KEY_FILE: write('key', 'short') })).toEqual(['JWT_SECRET_KEY']);
  });
});

describe('startup warnings', () => {
  it.each<[Record<string, string>, number]>([
    [{}, 0],
    [{ HOST: '127.8.8.8' }, 0],
    [{ HOST: '::1' }, 0],
    [{ HOST: '0:0:0:0:0:0:0:1' }, 0],
    [{ HOST: 'localhost' }, 0],
    [{ HOST: '0.0.0.0' }, 1],
    [{ HOST: '::' }, 1],
    [{ HOST: '192.168.1.4' }, 1],
    [{ HOST: 'notlocalhost' }, 1],
    [{ HOST: '0.0.0.0', TRUST_PROXY: '10.0.0.0/8', PUBLIC_URL: 'https://auth.example.com' }, 0],
    [{ PUBLIC_URL: 'https://auth.example.com' }, 0],
    [{ PUBLIC_URL: 'http://[::1]:4000' }, 0],
  ])('%j: %i', (environment, count) => {
    const warnings = startupWarnings(readConfig(environment));
    expect(warnings).toHaveLength(count);
    if (count > 0) expect(warnings[0]).toContain('TRUST_PROXY');
  });

  it.each<[string, Record<string, string>]>([
    ['http://auth.lan:4000', { PUBLIC_URL: 'http://auth.lan:4000' }],
    ['http://192.168.1.4', { PUBLIC_URL: 'http://192.168.1.4' }],
    ['http://localhost.evil.example', { PUBLIC_URL: 'http://localhost.evil.example' }],
    // In production, without PUBLIC_URL.
    ['http://127.0.0.1:4000', { NODE_ENV: 'production', ALLOW_EMBEDDED: 'true' }],
    // Behind a proxy, without PUBLIC_URL.
    ['http://0.0.0.0:4000', { HOST: '0.0.0.0', TRUST_PROXY: '10.0.0.0/8' }],
  ])('PUBLIC_URL %s', (url, environment) => {
    const [warning, ...more] = startupWarnings(readConfig(environment));
    expect(more).toEqual([]);
    expect(warning).toContain(`${url} is plain HTTP`);
    expect(warning).toContain('Terminate TLS at a proxy in front, and set PUBLIC_URL to its https:// address.');
  });
});

it('warns that browsers have no passkeys for an IP address, unless they are off', () => {
  const environment = { PUBLIC_URL: 'https://192.168.1.4' };
  expect(startupWarnings(readConfig(environment))).toEqual([expect.stringContaining('IP address 192.168.1.4')]);
  expect(startupWarnings(readConfig({ ...environment, PASSKEYS: 'off' }))).toEqual([]);
});

describe('misspeltWarnings', () => {
  it.each([
    ['TRUST_PROXIES', 'TRUST_PROXY'],
    ['TRUSTED_PROXY', 'TRUST_PROXY'],
    ['DATABASE_URI', 'DATABASE_URL'],
    ['JWT_SECRET', 'JWT_SECRET_KEY'],
    ['JWT_SECRET_KEY_FIEL', 'JWT_SECRET_KEY_FILE'],
    ['REFRESH_GRACE_SECOND', 'REFRESH_GRACE_SECONDS'],
    ['CORS_ORIGIN', 'CORS_ORIGINS'],
    ['PROT', 'PORT'],
    ['SUBGRAPH', 'SUBGRAPHS'],
    ['database_url', 'DATABASE_URL'],
  ])('suggests, in place of %s, %s', (name, meant) => {
    expect(misspeltWarnings({ [name]: 'hunter2hunter2' })).toEqual([
      `${name}: is not a Gatehouse variable and has no effect. Did you mean ${meant}?`,
    ]);
  });

  it('ignores names of other programs and unset names', () => {
    const others = 'PATH HOME HOSTNAME USER SHELL TERM PWD LANG TZ LOGNAME EDITOR REDIS_PORT POSTGRES_PASSWORD';
    const more = 'KUBERNETES_PORT NODE_OPTIONS OTEL_TRACES_SAMPLERS npm_config_cache GATEHOUSE_SERVICE_HOST PORT';
    const names = `${others} ${more}`.split(' ');
    expect(misspeltWarnings({ ...Object.fromEntries(names.map((name) => [name, 'x'])), JWT_SECRET: '' })).toEqual([]);
    expect(misspeltWarnings(Object.fromEntries(Object.keys(Variables.shape).map((name) => [name, 'x'])))).toEqual([]);
  });
});

describe('traces', () => {
  const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };

  it.each([
    [{ OTEL_SERVICE_NAME: 'auth', OTEL_TRACES_SAMPLER: 'always_on' }, false],
    [{ ...ENDPOINT, OTEL_TRACES_EXPORTER: 'none' }, false],
    [{ ...ENDPOINT, OTEL_SDK_DISABLED: 'true' }, false],
    [ENDPOINT, true],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://collector/v1/traces' }, true],
    [{ OTEL_TRACES_EXPORTER: 'otlp' }, true],
  ])('%j: %p', (environment, wanted) => {
    expect(readConfig(environment).tracing !== null).toBe(wanted);
  });

  it('receive every variable of OpenTelemetry, including a mounted secret', () => {
    const { tracing } = readConfig(
      { ...ENDPOINT, OTEL_BSP_SCHEDULE_DELAY: '100', OTEL_EXPORTER_OTLP_HEADERS_FILE: '/run/secrets/otlp' },
      () => 'authorization=secret\n',
    );
    expect(tracing?.settings).toEqual({
      ...ENDPOINT,
      OTEL_SERVICE_NAME: 'gatehouse',
      OTEL_BSP_SCHEDULE_DELAY: '100',
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=secret',
    });
  });
});

describe('.env.example', () => {
  const example = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');
  const uncommented = parseEnv(example.replace(/^#(?=[A-Z])/gm, ''));

  it('lists exactly the variables of this version', () => {
    expect(Object.keys(uncommented).sort()).toEqual(Object.keys(Variables.shape).sort());
  });

  it('shows the defaults, so that uncommenting all of them changes nothing', () => {
    expect(readConfig(uncommented)).toEqual(readConfig({}));
  });

  it('sets no variable, and shows no key to copy', () => {
    expect(parseEnv(example)).toEqual({});
    for (const name of secretVariables) expect(uncommented[name] ?? '').toBe('');
  });

  it('marks the secrets that may come as files', () => {
    const marked = [...example.matchAll(/^# \[file\][^\n]*\n(?:# {2}[^\n]*\n)*#([A-Z0-9_]+)=/gm)].map(
      ([, name]) => name,
    );
    expect(marked.sort()).toEqual([...secretVariables].sort());
  });
});
