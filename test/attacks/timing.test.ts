/**
 * Loads the server into jest's modules: the test replaces the hashing of a name that does not exist.
 * @jest-environment node
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Argon2Parameters } from '../../src/credentials/password/stored_hash.ts';
import type { Instance } from '../support/instance.ts';
import { isDistinguishable, shuffle, slower } from '../support/rank_test.ts';

/**
 * Threat: response times disclose which names exist (OWASP Authentication, "Authentication and Error Messages"). An
 * attacker who measures often enough averages the noise away, so a few responses prove nothing. Here a server refuses
 * logins of three kinds in random order, and a rank test counts how often a response to one kind was slower than one to
 * another.
 */
const SAMPLES = 300;
/** Enough to detect a missing hash: beyond 0.5 ± 0.2. A busy machine hides more and needs more samples. */
const SAMPLES_WITHOUT_DECOY = 100;
const MOST_WITHOUT_DECOY = 1000;

/** A few milliseconds each: most of a response's time, as in production, and short enough for thousands. */
const HASHING: Argon2Parameters = { memoryKib: 4096, timeCost: 1, parallelism: 1 };
const RIGHT = 'the right password';
const WRONG = 'not the right password';

// The server is complete and runs its real code. A test can remove only one part: the work for a name that does not
// exist.
let hasDecoy = true;
const { createHasher } = await import('../../src/credentials/password/hasher.ts');
const pools = await import('../../src/credentials/password/hashing_pool.ts');
jest.unstable_mockModule('../../src/credentials/password/hashing_pool.ts', () => ({
  ...pools,
  openHashing: async (...options: Parameters<typeof pools.openHashing>) => {
    const real = await pools.openHashing(...options);
    const isInstant = (stored: string) => !hasDecoy && stored === real.decoy();
    return {
      ...real,
      verify: async (password: string, stored: string) =>
        isInstant(stored) ? { matches: false, upgrade: false } : real.verify(password, stored),
    };
  },
}));
const { startInstance } = await import('../support/instance.ts');

type Kind = 'unknown' | 'wrong' | 'inactive';
const KINDS: readonly Kind[] = ['unknown', 'wrong', 'inactive'];
const PAIRS: readonly (readonly [Kind, Kind])[] = [
  ['unknown', 'wrong'],
  ['unknown', 'inactive'],
  ['wrong', 'inactive'],
];

describe('the time of a failed sign-in', () => {
  let gatehouse: Instance;
  beforeAll(async () => {
    const env = {
      ARGON2_MEMORY_KIB: `${HASHING.memoryKib}`,
      ARGON2_TIME_COST: `${HASHING.timeCost}`,
      ARGON2_PARALLELISM: `${HASHING.parallelism}`,
      // Every name fails once and is never delayed. The shared limit counts, but refuses nothing.
      LOGIN_LIMIT_PER_IP: '1000000',
      // A log line is a synchronous write in tests.
      LOG_LEVEL: 'warn',
    };
    gatehouse = await startInstance({ env });
  });
  afterAll(() => gatehouse.close());
  beforeEach(() => {
    hasDecoy = true;
  });

  interface Credentials {
    readonly username: string;
    readonly password: string;
  }
  type Door = (credentials: Credentials) => Promise<Response>;
  const post = (path: string, type: string, body: string) =>
    fetch(`${gatehouse.url}${path}`, { method: 'POST', headers: { 'content-type': type }, body });
  const doors: Record<string, Door> = {
    GraphQL: (variables) => {
      const query =
        'mutation ($username: String!, $password: String!) { login(username: $username, password: $password) { tokenType } }';
      return post('/graphql', 'application/json', JSON.stringify({ query, variables }));
    },
    '/token': ({ username, password }) =>
      post('/token', 'application/x-www-form-urlencoded', new URLSearchParams({ username, password }).toString()),
    '/token, by e-mail address': ({ username, password }) =>
      doors['/token']!({ username: `${username}@example.com`, password }),
  };

  /**
   * Creates this many failing credentials of each kind, in random order. Names have one length, and each is used once.
   */
  async function people(count: number): Promise<{ kind: Kind; credentials: Credentials }[]> {
    const hash = await (await createHasher(HASHING)).hash(RIGHT);
    const everybody = KINDS.flatMap((kind) => Array.from({ length: count }, () => ({ kind, username: randomUUID() })));
    const rows = everybody
      .filter(({ kind }) => kind !== 'unknown')
      .map(
        ({ kind, username }) =>
          `(gen_random_uuid(), '${username}', '${username}@example.com', 'user', '${hash}', ${kind === 'inactive'}, now(), now())`,
      );
    await gatehouse.sql(
      `insert into users (id, username, email, role, password_hash, disabled, created_at, email_verified_at)
       values ${rows.join(', ')}`,
    );
    return shuffle(everybody).map(({ kind, username }) => ({
      kind,
      credentials: { username, password: kind === 'inactive' ? RIGHT : WRONG },
    }));
  }

  /** Returns the milliseconds of each response, by kind. */
  async function measure(door: Door, count: number): Promise<Record<Kind, number[]>> {
    const times: Record<Kind, number[]> = { unknown: [], wrong: [], inactive: [] };
    const warmUp = await people(20);
    const measured = await people(count);
    for (const { kind, credentials } of [...warmUp, ...measured]) {
      const started = performance.now();
      const answer = await (await door(credentials)).text();
      times[kind].push(performance.now() - started);
      // A refusal for another reason would measure nothing.
      expect(answer).toContain('Incorrect username or password');
    }
    for (const kind of KINDS) times[kind].splice(0, 20);
    return times;
  }

  describe.each(Object.keys(doors))('at %s', (name) => {
    it('is the same as any other', async () => {
      const times = await measure(doors[name]!, SAMPLES);
      expect(toldApart(times)).toEqual({});
    }, 120_000);

    it('reveals an unknown name once the decoy is removed', async () => {
      hasDecoy = false;
      const times: Record<Kind, number[]> = { unknown: [], wrong: [], inactive: [] };
      let given: string[];
      do {
        const more = await measure(doors[name]!, SAMPLES_WITHOUT_DECOY);
        for (const kind of KINDS) times[kind].push(...more[kind]);
        given = Object.keys(toldApart(times));
      } while (given.length < 2 && times.unknown.length < MOST_WITHOUT_DECOY);
      expect(given).toEqual(['unknown/wrong', 'unknown/inactive']);
    }, 120_000);
  });
});

describe('the rank test', () => {
  /** Samples a uniform distribution on [0, 1), shifted. */
  const sample = (shift: number) => Array.from({ length: SAMPLES }, () => Math.random() + shift);

  it('finds nothing in samples of one kind', () => {
    expect(isDistinguishable(sample(0), sample(0))).toBe(false);
  });

  it('finds a small shift', () => {
    expect(isDistinguishable(sample(0), sample(0.25))).toBe(true);
    expect(isDistinguishable(sample(0.25), sample(0))).toBe(true);
  });
});

/** Returns the distinguishable pairs, each with the probability that the first is slower. */
function toldApart(times: Record<Kind, readonly number[]>): Record<string, number> {
  const found = PAIRS.filter(([one, other]) => isDistinguishable(times[one], times[other]));
  return Object.fromEntries(found.map(([one, other]) => [`${one}/${other}`, slower(times[one], times[other])]));
}
