import { describe, expect, it } from '@jest/globals';
import { ConfigurationError, lineOf, readConfig } from '../../src/config/config.ts';
import { Variables } from '../../src/config/variables.ts';

const SHARED = {
  DATABASE_URL: 'postgresql://db/gatehouse',
  REDIS_URL: 'redis://cache',
  JWT_SECRET_KEY: 'k'.repeat(64),
};

function faultsOf(environment: Record<string, string>): readonly string[] {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults.map(lineOf);
    throw error;
  }
  return [];
}

/** The bounds of each number, and the other variables that its extreme values need. */
const NUMBERS: Readonly<Record<string, readonly [least: number, most: number, more?: Record<string, string>]>> = {
  PORT: [0, 65_535],
  KEY_ROTATION_DAYS: [0, 3_650],
  ACCESS_TOKEN_EXPIRE_MINUTES: [1, 60],
  REFRESH_TOKEN_EXPIRE_DAYS: [1, 400],
  REFRESH_GRACE_SECONDS: [0, 300],
  REFRESH_RETRY_HOURS: [0, 720],
  SESSIONS_PER_ACCOUNT: [1, 10_000],
  FRESH_MINUTES: [1, 1_440],
  REMEMBER_DEVICE_DAYS: [0, 400],
  SESSION_IDLE_DAYS: [1, 400],
  ARGON2_MEMORY_KIB: [8, 4_194_304, { NODE_ENV: 'test', ARGON2_PARALLELISM: '1' }],
  ARGON2_TIME_COST: [1, 100],
  ARGON2_PARALLELISM: [1, 64],
  HASH_AT_ONCE: [1, 256],
  HASH_QUEUE: [1, 100_000],
  HASH_DEADLINE_SECONDS: [1, 25],
  LOGIN_LIMIT_PER_ACCOUNT: [1, 1_000_000],
  LOGIN_LIMIT_PER_IP: [1, 1_000_000],
  LOGIN_LIMIT_WINDOW_SECONDS: [1, 2_073_600],
  AUDIT_RETENTION_DAYS: [1, 36_500],
  WORKERS: [1, 999, SHARED],
  SUPERGRAPH_POLL_SECONDS: [1, 3_600],
};

describe('a number', () => {
  it.each(Object.entries(NUMBERS))(
    'accepts both bounds of %s, and nothing beyond them',
    (name, [least, most, more = {}]) => {
      const outcome = (value: number) => faultsOf({ ...more, [name]: `${value}` });
      expect([outcome(least), outcome(most)]).toEqual([[], []]);
      const told = name === 'WORKERS' ? 'must be auto, or a whole number' : 'must be a whole number';
      const fault = `${name}: ${told} from ${least} to ${most}`;
      expect([outcome(least - 1), outcome(most + 1)]).toEqual([[fault], [fault]]);
    },
  );

  it('has its bounds here for every variable', () => {
    const numbers = Object.keys(Variables.shape).filter((name) =>
      /whole number/.test(faultsOf({ [name]: 'x' }).join()),
    );
    expect(Object.keys(NUMBERS).toSorted()).toEqual(numbers.toSorted());
  });
});

const settings = (setting: object) => JSON.stringify({ '*': setting });
const rolesWith = (role: string, ...scopes: string[]) => JSON.stringify({ admin: ['*'], user: [], [role]: scopes });
const address = (length: number) => 'kandi'.padEnd(length - '@host.example'.length, 'a') + '@host.example';
const SUBGRAPH_NAME = /^SUBGRAPHS: entry 1 \D/;

describe('a text', () => {
  it.each<[string, string, string, string, string | RegExp]>([
    ['bytes', 'JWT_SECRET_KEY', 'k'.repeat(32), 'k'.repeat(31), 'must have at least 32 bytes'],
    ['bytes', 'JWT_SECRET_KEY_PREVIOUS', 'k'.repeat(32), 'k'.repeat(31), 'must have at least 32 bytes'],
    ['bytes', 'ROUTER_SECRET', 'k'.repeat(32), 'k'.repeat(31), 'must have at least 32 bytes'],
    ['the first letter', 'ROUTER_SECRET', '!'.repeat(32), ' '.repeat(32), 'must be printable ASCII'],
    ['the last letter', 'ROUTER_SECRET', '~'.repeat(32), '\x7f'.repeat(32), 'must be printable ASCII'],
    ['least characters', 'ADMIN_USERNAME', 'abc', 'ab', 'must be 3 to 64'],
    ['most characters', 'ADMIN_USERNAME', 'x'.repeat(64), 'x'.repeat(65), 'must be 3 to 64'],
    ['signs', 'ADMIN_USERNAME', '._-', '._+', 'must be 3 to 64'],
    ['capitals', 'ADMIN_USERNAME', 'admin', 'adminA', 'must be 3 to 64'],
    ['most characters', 'ADMIN_EMAIL', address(254), address(255), 'must be an e-mail address'],
    [
      'the longest label',
      'ADMIN_EMAIL',
      `a@${'b'.repeat(63)}.example`,
      `a@${'b'.repeat(64)}.example`,
      'must be an e-mail address',
    ],
    ['least characters', 'ADMIN_PASSWORD', 'é'.repeat(12), 'é'.repeat(11), 'must have 12 to 128'],
    ['most characters', 'ADMIN_PASSWORD', 'é'.repeat(128), 'é'.repeat(129), 'must have 12 to 128'],
    ['composed ones', 'ADMIN_PASSWORD', 'e\u0301'.repeat(128), 'e\u0301'.repeat(129), 'must have 12 to 128'],
    ['the longest prefix', 'TRUST_PROXY', '10.0.0.1/32', '10.0.0.1/33', 'entry 1 must be an address or a CIDR'],
    ['the shortest prefix', 'TRUST_PROXY', '128.0.0.0/1', '0.0.0.0/0', 'entry 1 must be an address or a CIDR'],
    ['the longest prefix', 'TRUST_PROXY', 'fd00::1/128', 'fd00::1/129', 'entry 1 must be an address or a CIDR'],
    ['the shortest prefix', 'TRUST_PROXY', '8000::/1', '::/0', 'entry 1 must be an address or a CIDR'],
    ['ports', 'CORS_ORIGINS', 'https://a.example:65535', 'https://a.example:65536', 'entry 1 must be one exact'],
    ['ports', 'PUBLIC_URL', 'https://a.example:65535', 'https://a.example:65536', 'must be an http or https URL'],
    ['ports', 'REDIS_URL', 'redis://a:65535', 'redis://a:65536', 'must be redis://'],
    ['ports', 'REDIS_URL', 'redis-cluster://a:65535', 'redis-cluster://a:65536', 'must be redis://'],
    [
      'characters of a role',
      'ROLES',
      rolesWith('r'.repeat(64)),
      rolesWith('r'.repeat(65)),
      'role names must be at most 64',
    ],
    ['the first of a role', 'ROLES', rolesWith('r0'), rolesWith('0r'), 'role names must be at most 64'],
    ['signs of a role', 'ROLES', rolesWith('r._-'), rolesWith('r._+'), 'role names must be at most 64'],
    [
      'the first sign of a scope',
      'ROLES',
      rolesWith('r', '!#'),
      rolesWith('r', ' #'),
      'scopes must be strings without',
    ],
    ['quotes in a scope', 'ROLES', rolesWith('r', '!#'), rolesWith('r', '!"#'), 'scopes must be strings without'],
    ['backslashes in a scope', 'ROLES', rolesWith('r', '[]'), rolesWith('r', '[\\]'), 'scopes must be strings without'],
    [
      'the last sign of a scope',
      'ROLES',
      rolesWith('r', '~'),
      rolesWith('r', '\x7f'),
      'scopes must be strings without',
    ],
    ['characters of a name', 'SUBGRAPHS', `${'s'.repeat(64)}=http://a/`, `${'s'.repeat(65)}=http://a/`, SUBGRAPH_NAME],
    ['the first of a name', 'SUBGRAPHS', 's0=http://a/', '0s=http://a/', SUBGRAPH_NAME],
    ['signs of a name', 'SUBGRAPHS', 's_-=http://a/', 's_.=http://a/', SUBGRAPH_NAME],
    [
      'least',
      'SUBGRAPH_OPTIONS',
      settings({ timeoutMs: 1 }),
      settings({ timeoutMs: 0 }),
      'timeoutMs must be at least 1',
    ],
    [
      'most',
      'SUBGRAPH_OPTIONS',
      settings({ timeoutMs: 300_000 }),
      settings({ timeoutMs: 300_001 }),
      'timeoutMs must be at most 300000',
    ],
    [
      'least',
      'SUBGRAPH_OPTIONS',
      settings({ concurrency: 1 }),
      settings({ concurrency: 0 }),
      'concurrency must be at least 1',
    ],
    [
      'most',
      'SUBGRAPH_OPTIONS',
      settings({ concurrency: 10_000 }),
      settings({ concurrency: 10_001 }),
      'concurrency must be at most 10000',
    ],
    [
      'least',
      'SUBGRAPH_OPTIONS',
      settings({ maxResponseBytes: 1 }),
      settings({ maxResponseBytes: 0 }),
      'maxResponseBytes must be at least 1',
    ],
    [
      'most',
      'SUBGRAPH_OPTIONS',
      settings({ maxResponseBytes: 2 ** 30 }),
      settings({ maxResponseBytes: 2 ** 30 + 1 }),
      'maxResponseBytes must be at most 1073741824',
    ],
    ['least', 'SUBGRAPH_OPTIONS', settings({ retries: 0 }), settings({ retries: -1 }), 'retries must be at least 0'],
    ['most', 'SUBGRAPH_OPTIONS', settings({ retries: 10 }), settings({ retries: 11 }), 'retries must be at most 10'],
    ['wholeness', 'SUBGRAPH_OPTIONS', settings({ retries: 1 }), settings({ retries: 1.5 }), 'retries must be a whole'],
    ['the most', 'OTEL_TRACES_SAMPLER_ARG', '1', '1.0001', 'must be a number from 0 to 1'],
    ['the least', 'OTEL_TRACES_SAMPLER_ARG', '0', '-0.1', 'must be a number from 0 to 1'],
  ])('%s of %s: accepts %s and rejects %s', (_what, name, good, bad, told) => {
    expect(faultsOf({ [name]: good })).toEqual([]);
    const fault = typeof told === 'string' ? expect.stringContaining(`${name}: ${told}`) : expect.stringMatching(told);
    expect(faultsOf({ [name]: bad })).toEqual([fault]);
  });
});

describe('variables with a common bound', () => {
  const memory = (kib: number, more: Record<string, string>) =>
    faultsOf({ ...more, ARGON2_MEMORY_KIB: `${kib}` }).map((fault) => fault.replace(/^ARGON2_MEMORY_KIB: /, ''));

  it.each<[string, number, Record<string, string>, RegExp]>([
    ['two passes', 19_456, { ARGON2_TIME_COST: '2' }, /^is below OWASP/],
    ['one pass', 47_104, { ARGON2_TIME_COST: '1' }, /^is below OWASP/],
    ['eight lanes', 64, { NODE_ENV: 'test', ARGON2_PARALLELISM: '8' }, /^must be at least 8 times/],
  ])('require for %s at least %i KiB', (_what, least, more, fault) => {
    expect(memory(least, more)).toEqual([]);
    expect(memory(least - 1, more)).toEqual([expect.stringMatching(fault)]);
  });
});
