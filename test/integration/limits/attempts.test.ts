import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Attempt, type Attempts, createAttempts } from '../../../src/limits/attempts.ts';
import { limitKey } from '../../../src/limits/client_address.ts';
import { type AttemptLimits, delayAfter } from '../../../src/limits/subjects.ts';
import { type KeyValue, openKeyValue } from '../../../src/store/keyvalue/keyvalue.ts';
import { type Backend, describeWith, redisForTests, skipped } from '../../support/store_servers.ts';
import { hasRedisServer, NEEDS_REDIS_SERVER, type RedisServer, startRedisServer } from '../../support/redis_server.ts';
import { processTime, redisTime, type Time } from '../../support/time.ts';
import { latency, realTime } from '../../support/real_time.ts';
import { until, untilResolves } from '../../support/until.ts';

const LIMITS: AttemptLimits = { perAccount: 10, perAddress: 100, windowSeconds: 900 };
const HOME = '192.0.2.1';
const ELSEWHERE = '198.51.100.7';

type Outcome = 'right' | 'wrong' | { readonly code: string; readonly retryAfter: number | undefined };

/** Makes one guess. `checks` counts the verified ones. */
let checks = 0;
async function guess(attempts: Attempts, is: 'right' | 'wrong', of: Partial<Attempt> = {}, ms = 0): Promise<Outcome> {
  const check = async () => {
    checks += 1;
    if (ms > 0) await latency(ms);
    return is;
  };
  const attempt = { account: 'alice', address: HOME, ...of };
  return outcomeOf(attempts.guard(attempt, check, (result) => result === 'wrong'));
}

async function outcomeOf<T extends Outcome>(work: Promise<T>): Promise<Outcome> {
  try {
    return await work;
  } catch (thrown) {
    const { code, retryAfter } = thrown as { code: string; retryAfter: number };
    if (code === undefined) throw thrown;
    return { code, retryAfter };
  }
}

const many = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n));

/** Expects RATE_LIMITED with `seconds`, or one second less, because time passes during the test. */
function expectLimited(outcome: Outcome, seconds: number): void {
  expect(outcome).toMatchObject({ code: 'RATE_LIMITED' });
  const { retryAfter } = outcome as { retryAfter: number };
  expect(Number.isInteger(retryAfter)).toBe(true);
  expect([seconds, Math.max(1, seconds - 1)]).toContain(retryAfter);
}

beforeEach(() => {
  checks = 0;
});

describe('the delay', () => {
  it.each([
    [0, 0],
    [1, 0],
    [3, 0],
    [4, 1],
    [5, 2],
    [6, 4],
    [7, 8],
    [11, 128],
    [12, 256],
    [13, 300],
    [5_000, 300],
  ])('after %d failures is %d seconds', (failures, seconds) => {
    expect(delayAfter(failures)).toBe(seconds);
  });
});

const opened: KeyValue[] = [];
async function open(redisUrl?: string): Promise<KeyValue> {
  const store = await openKeyValue({ redisUrl });
  opened.push(store);
  return store;
}
afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
});

describe('in-process', () => {
  limitsAttempts({ open, connect: async (to) => to, timeOf: processTime, thoroughness: 1 });
});

describeWith('TEST_REDIS_URL', 'on Redis', () => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await redisForTests();
  });
  beforeEach(async () => {
    const time = redisTime(backend.url);
    await time.elapse(1e12);
    await time.restore();
  });
  afterAll(() => backend.release());

  limitsAttempts({
    open: () => open(backend.url),
    connect: () => open(backend.url),
    timeOf: () => {
      const [here, there] = [processTime(), redisTime(backend.url)];
      return {
        elapse: async (ms) => void (await Promise.all([here.elapse(ms), there.elapse(ms)])),
        restore: async () => void (await Promise.all([here.restore(), there.restore()])),
      };
    },
    thoroughness: 0.3,
  });
});

interface Setting {
  open(): Promise<KeyValue>;
  /** Opens another replica's connection to the same store. */
  connect(to: KeyValue): Promise<KeyValue>;
  timeOf(): Time;
  /** The share of the random runs, because each takes longer on Redis. */
  readonly thoroughness: number;
}

function limitsAttempts({ open, connect, timeOf, thoroughness }: Setting): void {
  let attempts: Attempts;
  let time: Time;
  /** Creates this many replicas over one store. */
  async function limited(limits: Partial<AttemptLimits>, count = 1): Promise<Attempts[]> {
    const store = await open();
    const stores = [store, ...(await Promise.all(many(count - 1, () => connect(store))))];
    return stores.map((each) => createAttempts(each, { ...LIMITS, ...limits }));
  }
  const only = ([first]: Attempts[]) => first as Attempts;
  beforeEach(async () => {
    attempts = only(await limited({}));
    time = timeOf();
  });
  afterEach(() => time.restore());

  /** Makes this many wrong guesses, each as soon as it is allowed. */
  async function fail(count: number, of: Partial<Attempt> = {}, by = attempts): Promise<void> {
    for (let n = 0; n < count; n++) {
      for (let tries = 0; ; tries++) {
        const outcome = await guess(by, 'wrong', of);
        if (outcome === 'wrong') break;
        if (typeof outcome === 'string' || outcome.code !== 'RATE_LIMITED' || tries > 3) {
          throw new Error(JSON.stringify(outcome));
        }
        await time.elapse((outcome.retryAfter ?? 0) * 1000);
      }
    }
  }

  describe('one after the other', () => {
    it('delays from the fourth failure on, right or wrong, and counts nothing meanwhile', async () => {
      for (let n = 1; n <= 3; n++) expect(await guess(attempts, 'wrong')).toBe('wrong');
      for (const [index, seconds] of [1, 2, 4, 8, 16, 32].entries()) {
        expect(await guess(attempts, 'wrong')).toBe('wrong');
        for (const is of ['right', 'wrong', 'right'] as const) expectLimited(await guess(attempts, is), seconds);
        if (seconds > 1) {
          await time.elapse((seconds - 1) * 1000);
          expectLimited(await guess(attempts, 'wrong'), 1);
        }
        expect(checks).toBe(4 + index);
        await time.elapse(seconds > 1 ? 1000 : seconds * 1000);
      }
      // The tenth failure locks the account until the window, which began with the first failure, has passed.
      expect(await guess(attempts, 'wrong')).toBe('wrong');
      expectLimited(await guess(attempts, 'right'), 900 - 63);
      await time.elapse((900 - 63 - 1) * 1000);
      expectLimited(await guess(attempts, 'right'), 1);
      expect(checks).toBe(10);
      await time.elapse(1000);
      expect(await guess(attempts, 'wrong')).toBe('wrong');
      expect(await guess(attempts, 'wrong')).toBe('wrong');
      expect(await guess(attempts, 'right')).toBe('right');
    });

    it('delays for 300 seconds at most', async () => {
      attempts = only(await limited({ perAccount: 30, windowSeconds: 100_000 }));
      await fail(12);
      expectLimited(await guess(attempts, 'right'), 256);
      await fail(1);
      expectLimited(await guess(attempts, 'right'), 300);
      await fail(3);
      expectLimited(await guess(attempts, 'right'), 300);
    });

    it('is over in a real second', async () => {
      await fail(4);
      expectLimited(await guess(attempts, 'right'), 1);
      // Neither of the moved clocks: this is the one test of the delay in real time.
      await realTime(1_010);
      expect(await guess(attempts, 'right')).toBe('right');
    });

    it('does not delay beyond the window', async () => {
      attempts = only(await limited({ perAccount: 30, windowSeconds: 200 }));
      await fail(10);
      const { retryAfter } = (await guess(attempts, 'right')) as { retryAfter: number };
      expect(retryAfter).toBe(64);
      await time.elapse(64_000);
      expect(await guess(attempts, 'wrong')).toBe('wrong');
      expectLimited(await guess(attempts, 'right'), 200 - 63 - 64);
    });

    it('locks at a limit below the first delay', async () => {
      attempts = only(await limited({ perAccount: 2 }));
      await fail(2);
      expectLimited(await guess(attempts, 'right'), 900);
    });

    it('clears the account and the pair with a success, delay and all', async () => {
      attempts = only(await limited({ perAccount: 6 }));
      await fail(5);
      await time.elapse(2_000);
      expect(await guess(attempts, 'right')).toBe('right');
      for (let n = 1; n <= 4; n++) expect(await guess(attempts, 'wrong')).toBe('wrong');
      expectLimited(await guess(attempts, 'right'), 1);
      await fail(1);
      await time.elapse(2_000);
      expect(await guess(attempts, 'right')).toBe('right');
    });

    it('does not clear the address with a success', async () => {
      attempts = only(await limited({ perAddress: 5 }));
      await fail(3);
      expect(await guess(attempts, 'right')).toBe('right');
      await fail(2, { account: 'bob' });
      expectLimited(await guess(attempts, 'right', { account: 'carol' }), 900);
      expect(await guess(attempts, 'right', { account: 'carol', address: ELSEWHERE })).toBe('right');
      await time.elapse(900_000);
      expect(await guess(attempts, 'right')).toBe('right');
    });

    it('locks a guesser out though the successes of the victim clear the account', async () => {
      for (let round = 0; round < 3; round++) {
        await fail(3, { address: ELSEWHERE });
        expect(await guess(attempts, 'right')).toBe('right');
      }
      await fail(1, { address: ELSEWHERE });
      checks = 0;
      expectLimited(await guess(attempts, 'right', { address: ELSEWHERE }), 900);
      expect(checks).toBe(0);
      expect(await guess(attempts, 'right')).toBe('right');
      expect(await guess(attempts, 'right', { account: 'bob', address: ELSEWHERE })).toBe('right');
    });

    it('forgets the failures of an account that is cleared, from every address, but not those of addresses', async () => {
      attempts = only(await limited({ perAddress: 12 }));
      await fail(5, { address: ELSEWHERE });
      await fail(5);
      expectLimited(await guess(attempts, 'right'), 900 - 63);
      await attempts.clear('Alice');
      for (const address of [HOME, ELSEWHERE]) expect(await guess(attempts, 'right', { address })).toBe('right');
      await fail(7);
      expectLimited(await guess(attempts, 'right'), 900 + 3 - 63 - 7);
    });

    it('unlocks a pair by clearing, and locks it again for new failures', async () => {
      await fail(10);
      expectLimited(await guess(attempts, 'right'), 900 - 63);
      await attempts.clear('alice');
      for (let n = 1; n <= 3; n++) expect(await guess(attempts, 'wrong')).toBe('wrong');
      expect(await guess(attempts, 'right', { address: ELSEWHERE })).toBe('right');
      await fail(7);
      expectLimited(await guess(attempts, 'right'), 900 - 7);
    });

    it('takes no account of case, and knows no difference between names', async () => {
      await fail(3, { account: 'Nobody' });
      await fail(1, { account: 'nobody' });
      expectLimited(await guess(attempts, 'wrong', { account: 'NOBODY' }), 1);
    });

    it('counts any string as a name', async () => {
      const long = 'x'.repeat(1024 * 1024);
      const names = ['', ' ', '\0', 'a:b', 'a:192.0.2.1', '{a}', '*', '\ud800', '__proto__', long, `${long}x`];
      for (const account of names) {
        await Promise.all(many(4, () => guess(attempts, 'wrong', { account })));
        expectLimited(await guess(attempts, 'right', { account }), 1);
      }
      expect(await guess(attempts, 'right')).toBe('right');
    });

    it('takes an IPv6 network for one address, and a mapped IPv4 address for what it is', async () => {
      attempts = only(await limited({ perAddress: 4 }));
      for (const n of [1, 2, 3]) await fail(1, { account: `a${n}`, address: `2001:db8:0:1::${n}` });
      await fail(1, { account: 'a4', address: '2001:db8:0:1:ffff:ffff:ffff:ffff' });
      expectLimited(await guess(attempts, 'right', { address: '2001:db8:0:1:5::' }), 900);
      expect(await guess(attempts, 'right', { address: '2001:db8:0:2::1' })).toBe('right');
      await fail(4, { account: 'a5', address: '::ffff:192.0.2.1' });
      expectLimited(await guess(attempts, 'right', { address: '192.0.2.1' }), 900);
    });

    it('charges an address, and asks nothing', async () => {
      attempts = only(await limited({ perAddress: 3 }));
      await fail(1);
      for (let n = 1; n <= 4; n++) await expect(attempts.charge(HOME)).resolves.toBeUndefined();
      expectLimited(await guess(attempts, 'right', { account: 'bob' }), 900);
      expect(await guess(attempts, 'right', { address: ELSEWHERE })).toBe('right');
    });

    it('spends what an address has left, with what it failed in', async () => {
      attempts = only(await limited({ perAddress: 5 }));
      await fail(2);
      for (let n = 1; n <= 3; n++) await expect(attempts.spend(HOME)).resolves.toBeUndefined();
      await expect(attempts.spend(HOME)).rejects.toMatchObject({ code: 'RATE_LIMITED', retryAfter: 900 });
      await expect(attempts.spend(ELSEWHERE)).resolves.toBeUndefined();
      await time.elapse(900_000);
      await expect(attempts.spend(HOME)).resolves.toBeUndefined();
    });

    it('counts nothing where the check did not come to an end', async () => {
      const overload = new Error('overloaded');
      for (let n = 1; n <= 12; n++) {
        await expect(
          attempts.guard(
            { account: 'alice', address: HOME },
            () => Promise.reject(overload),
            () => true,
          ),
        ).rejects.toBe(overload);
      }
      await fail(4);
      expectLimited(await guess(attempts, 'right'), 1);
    });

    it('gives back what the check gave', async () => {
      const result = { user: 'alice' };
      expect(
        await attempts.guard(
          { account: 'alice', address: HOME },
          async () => result,
          () => false,
        ),
      ).toBe(result);
    });
  });

  describe('in parallel', () => {
    it('looks at no more of 300 wrong guesses than of as many in a row', async () => {
      const store = await open();
      const stores = [store, await connect(store)];
      const replicas = stores.map((each) => createAttempts(unhurried(each, randomOf(1)), LIMITS));
      attempts = only(replicas);
      const outcomes = await Promise.all(many(300, (n) => guess(replicas[n % 2] as Attempts, 'wrong', {}, 5)));
      expect(checks).toBe(4);
      expect(outcomes.filter((outcome) => outcome === 'wrong')).toHaveLength(4);
      outcomes.filter((outcome) => outcome !== 'wrong').forEach((outcome) => expectLimited(outcome, 1));

      await time.elapse(1_000);
      await Promise.all(many(50, () => guess(attempts, 'wrong', {}, 5)));
      expect(checks).toBe(5);
      await time.elapse(2_000);
      await Promise.all(many(50, () => guess(attempts, 'wrong', { address: ELSEWHERE }, 5)));
      expect(checks).toBe(6);
    });

    it('refuse a login until the failures before it are recorded, however long that takes', async () => {
      const store = await open();
      const slow: KeyValue = {
        ...store,
        limiter: (options) => {
          const limiter = store.limiter(options);
          return { ...limiter, penalty: (key) => latency(60).then(() => limiter.penalty(key)) };
        },
      };
      attempts = createAttempts(slow, LIMITS);
      await Promise.all(many(20, () => guess(attempts, 'wrong')));
      expect(checks).toBe(4);
    });

    it('looks at no more guesses of one address than it may fail in, whatever the names', async () => {
      attempts = only(await limited({ perAddress: 20 }));
      const outcomes = await Promise.all(many(110, (n) => guess(attempts, 'wrong', { account: `user${n}` }, 5)));
      expect(checks).toBe(20);
      outcomes.filter((outcome) => outcome !== 'wrong').forEach((outcome) => expectLimited(outcome, 900));
    });

    it('spends no more than there is', async () => {
      attempts = only(await limited({ perAddress: 20 }));
      const outcomes = await Promise.allSettled(many(110, () => attempts.spend(HOME)));
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(20);
    });

    it('lets an honest burst pass', async () => {
      const replicas = await limited({}, 2);
      attempts = only(replicas);
      const outcomes = await Promise.all(many(32, (n) => guess(replicas[n % 2] as Attempts, 'right', {}, 10)));
      expect(outcomes).toEqual(many(32, () => 'right'));
    });

    it('lets an honest burst pass after failures', async () => {
      await fail(5);
      await time.elapse(2_000);
      const outcomes = await Promise.all(many(32, () => guess(attempts, 'right', {}, 10)));
      expect(outcomes).toEqual(many(32, () => 'right'));
    });

    it('lets a burst pass in which some mistype', async () => {
      const outcomes = await Promise.all(many(32, (n) => guess(attempts, n % 11 === 5 ? 'wrong' : 'right', {}, 5)));
      expect(outcomes).toEqual(many(32, (n) => (n % 11 === 5 ? 'wrong' : 'right')));
    });

    it('lets many people of one address sign in at once, though it has few failures left', async () => {
      attempts = only(await limited({ perAddress: 5 }));
      await fail(3, { account: 'mallory' });
      const outcomes = await Promise.all(many(48, (n) => guess(attempts, 'right', { account: `user${n % 12}` }, 5)));
      expect(outcomes).toEqual(many(48, () => 'right'));
    });

    it('never makes two wait for each other, one ahead for the account, the other for the address', async () => {
      for (let round = 0; round < 8; round++) {
        const of = { account: `user${round}`, address: `203.0.113.${round}` };
        const store = unhurried(await open(), randomOf(round));
        attempts = createAttempts(store, { ...LIMITS, perAddress: 5 });
        await fail(4, of);
        await time.elapse(1_000);
        const outcomes = await Promise.all(many(4, () => guess(attempts, 'right', of)));
        expect(outcomes).toEqual(many(4, () => 'right'));
      }
    });

    it('refuses after a while what waits behind a check that hangs, and frees its place when its lease ends', async () => {
      const store = await open();
      let joined = new Set<string>();
      const join: KeyValue['join'] = async (line, member, ttlMs) => {
        const place = await store.join(line, member, ttlMs);
        joined.add(member);
        return place;
      };
      attempts = createAttempts({ ...store, join }, LIMITS);
      await fail(4);
      await time.elapse(1_000);
      joined = new Set();
      let end = () => {};
      const begun = Promise.withResolvers<void>();
      const hung = attempts.guard(
        { account: 'alice', address: HOME },
        () => {
          begun.resolve();
          return new Promise<void>((resolve) => (end = resolve));
        },
        () => true,
      );
      await begun.promise;
      const before = joined.size;
      const waiting = guess(attempts, 'right');
      await until(() => joined.size > before);
      await time.elapse(16_000);
      expectLimited(await waiting, 1);
      expect(checks).toBe(4);
      await time.elapse(30_000);
      expect(await guess(attempts, 'right')).toBe('right');
      end();
      await hung;
    });
  });

  describe('whatever is tried', () => {
    it('does what the contract says of attempts in a row', async () => {
      await fc.assert(
        fc.asyncProperty(limitsArbitrary, fc.array(stepArbitrary, { maxLength: 40 }), async (limits, steps) => {
          const run = `${runs++}`;
          const system = only(await limited(limits));
          const model = new Model(limits);
          for (const step of steps) {
            const account = 'account' in step ? `${run}-${step.account}` : '';
            const address = 'address' in step ? addressOf(run, step.address) : '';
            switch (step.kind) {
              case 'guess': {
                const attempt = { account, address };
                expect(await guess(system, step.is, attempt)).toEqual(model.guess(step.is, attempt));
                break;
              }
              case 'spend': {
                const spent = system.spend(address).then(() => 'right' as const);
                expect(await outcomeOf(spent)).toEqual(model.spend(address));
                break;
              }
              case 'charge':
                await system.charge(address);
                model.charge(address);
                break;
              case 'clear':
                // The cleared entries must be older than the duration of a request.
                await time.elapse(40);
                await system.clear(account);
                model.clear(account);
                break;
              case 'wait':
                await time.elapse(step.seconds * 1000);
                model.now += step.seconds;
                break;
            }
          }
        }),
        { numRuns: 150 * thoroughness },
      );
    });

    it('never looks at more guesses at once than in a row', async () => {
      await fc.assert(
        fc.asyncProperty(burstArbitrary, async ({ limits, before, guesses, seed }) => {
          const run = `${runs++}`;
          const random = randomOf(seed);
          const store = await open();
          const stores = [store, await connect(store)];
          const replicas = stores.map((each) => createAttempts(unhurried(each, random), limits));
          const watch = new Watch(limits);
          for (let n = 0; n < before; n++) {
            const attempt = { account: `${run}-0`, address: addressOf(run, 9) };
            await watch.guess(replicas[0] as Attempts, 'wrong', attempt, async () => {});
            await time.elapse(300_000);
            watch.now += 300_000;
          }
          await Promise.all(
            guesses.map(async ({ is, account, address, replica }) => {
              const attempt = { account: `${run}-${account}`, address: addressOf(run, address) };
              await hesitate(random);
              await watch.guess(replicas[replica] as Attempts, is, attempt, () => hesitate(random));
            }),
          );
          expect(watch.excesses).toEqual([]);
        }),
        { numRuns: 20 * thoroughness },
      );
    }, 30_000);
  });
}

let runs = 0;
const addressOf = (run: string, n: number) => `2001:db8:${Number(run).toString(16)}:${n}::1`;

const limitsArbitrary = fc.record({
  perAccount: fc.integer({ min: 1, max: 8 }),
  perAddress: fc.integer({ min: 1, max: 12 }),
  windowSeconds: fc.constantFrom(3, 60, 900),
});
const account = fc.nat({ max: 1 });
const address = fc.nat({ max: 1 });
const is = fc.constantFrom('right' as const, 'wrong' as const);
const stepArbitrary = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('guess' as const),
      is: fc.oneof({ weight: 5, arbitrary: fc.constant('wrong' as const) }, { weight: 1, arbitrary: is }),
      account,
      address,
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      seconds: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.constantFrom(30, 900)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('spend' as const), address }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('charge' as const), address }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('clear' as const), account }) },
);

const burstArbitrary = fc.record({
  limits: fc.record({
    perAccount: fc.integer({ min: 1, max: 8 }),
    perAddress: fc.integer({ min: 1, max: 12 }),
    windowSeconds: fc.constant(100_000),
  }),
  before: fc.nat({ max: 6 }),
  guesses: fc.array(
    fc.record({
      is: fc.oneof({ weight: 4, arbitrary: fc.constant('wrong' as const) }, { weight: 1, arbitrary: is }),
      account,
      address: fc.nat({ max: 2 }),
      replica: fc.nat({ max: 1 }),
    }),
    { minLength: 10, maxLength: 40 },
  ),
  seed: fc.integer(),
});

/** The contract's limits in a second form: without a store, for attempts in sequence, in whole seconds. */
class Model {
  now = 0;
  readonly #limits: AttemptLimits;
  readonly #accounts = new Map<string, { count: number; end: number; delayedUntil: number }>();
  readonly #pairs = new Map<string, { count: number; end: number }>();
  readonly #addresses = new Map<string, { count: number; end: number }>();

  constructor(limits: AttemptLimits) {
    this.#limits = limits;
  }

  guess(is: 'right' | 'wrong', attempt: Attempt): Outcome {
    const { perAccount, perAddress } = this.#limits;
    const pair = `${attempt.account} ${attempt.address}`;
    const ofAccount = this.#alive(this.#accounts, attempt.account);
    const ofPair = this.#alive(this.#pairs, pair);
    const ofAddress = this.#alive(this.#addresses, attempt.address);
    const until = Math.max(
      ofAccount?.delayedUntil ?? 0,
      (ofAccount?.count ?? 0) >= perAccount ? (ofAccount?.end ?? 0) : 0,
      (ofPair?.count ?? 0) >= perAccount ? (ofPair?.end ?? 0) : 0,
      (ofAddress?.count ?? 0) >= perAddress ? (ofAddress?.end ?? 0) : 0,
    );
    if (until > this.now) return { code: 'RATE_LIMITED', retryAfter: until - this.now };
    if (is === 'right') {
      this.#accounts.delete(attempt.account);
      this.#pairs.delete(pair);
      return is;
    }
    const failed = { delayedUntil: 0, ...this.#count(this.#accounts, attempt.account) };
    failed.delayedUntil = Math.min(this.now + delayAfter(failed.count), failed.end);
    this.#accounts.set(attempt.account, failed);
    this.#count(this.#pairs, pair);
    this.charge(attempt.address);
    return is;
  }

  spend(address: string): Outcome {
    const found = this.#alive(this.#addresses, address);
    if (found && found.count >= this.#limits.perAddress) {
      return { code: 'RATE_LIMITED', retryAfter: found.end - this.now };
    }
    this.charge(address);
    return 'right';
  }

  charge(address: string): void {
    this.#count(this.#addresses, address);
  }

  clear(account: string): void {
    this.#accounts.delete(account);
    for (const pair of this.#pairs.keys()) if (pair.startsWith(`${account} `)) this.#pairs.delete(pair);
  }

  #alive<T extends { end: number }>(counts: Map<string, T>, key: string): T | undefined {
    const found = counts.get(key);
    return found && found.end > this.now ? found : undefined;
  }

  #count<T extends { count: number; end: number }>(counts: Map<string, T>, key: string) {
    const found = this.#alive(counts, key) ?? { count: 0, end: this.now + this.#limits.windowSeconds };
    const counted = { ...found, count: found.count + 1 };
    counts.set(key, counted as T);
    return counted;
  }
}

/** Records guesses that run at once, and each that started without an attempt left. */
class Watch {
  now = 0;
  readonly excesses: string[] = [];
  readonly #limits: AttemptLimits;
  readonly #seen = new Map<string, { failures: number; running: number; delayedUntil: number }>();

  constructor(limits: AttemptLimits) {
    this.#limits = limits;
  }

  async guess(attempts: Attempts, is: 'right' | 'wrong', attempt: Attempt, work: () => Promise<void>): Promise<void> {
    const { perAccount, perAddress } = this.#limits;
    const account = this.#of(`account ${attempt.account}`);
    const pair = this.#of(`pair ${attempt.account} ${attempt.address}`);
    const address = this.#of(`address ${limitKey(attempt.address)}`);
    const all = [account, pair, address];
    const check = async () => {
      const taken = account.failures + account.running;
      const atOnce = account.failures < 4 ? 4 : account.failures + 1;
      if (taken >= Math.min(atOnce, perAccount)) this.excesses.push(`account: ${JSON.stringify(account)}`);
      if (account.delayedUntil > this.#time()) this.excesses.push(`delayed: ${JSON.stringify(account)}`);
      if (pair.failures + pair.running >= perAccount) this.excesses.push(`pair: ${JSON.stringify(pair)}`);
      if (address.failures + address.running >= perAddress) this.excesses.push(`address: ${JSON.stringify(address)}`);
      for (const one of all) one.running += 1;
      await work();
      for (const one of all) one.running -= 1;
      if (is === 'wrong') {
        for (const one of all) one.failures += 1;
        account.delayedUntil = this.#time() + delayAfter(account.failures) * 1000;
      } else {
        forget();
      }
      return is;
    };
    const forget = () => {
      Object.assign(account, { failures: 0, delayedUntil: 0 });
      pair.failures = 0;
    };
    const outcome = await outcomeOf(attempts.guard(attempt, check, (result) => result === 'wrong'));
    // Failures that ended while the success was recorded may have been recorded before it.
    if (outcome === 'right') forget();
  }

  #time = () => performance.now() + this.now;

  #of(key: string) {
    const seen = this.#seen.get(key) ?? { failures: 0, running: 0, delayedUntil: 0 };
    this.#seen.set(key, seen);
    return seen;
  }
}

/** A store behind a network: every call and every reply takes time. */
function unhurried(store: KeyValue, random: () => number): KeyValue {
  const slow =
    <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      await hesitate(random);
      const result = await call(...args);
      await hesitate(random);
      return result;
    };
  return {
    ...store,
    join: slow(store.join),
    leave: slow(store.leave),
    limiter: (options) => {
      const limiter = store.limiter(options);
      return {
        get: slow(limiter.get),
        penalty: slow(limiter.penalty),
        consume: slow(limiter.consume),
        block: slow(limiter.block),
        delete: slow(limiter.delete),
      };
    },
  };
}

async function hesitate(random: () => number): Promise<void> {
  const turns = Math.floor(random() * 4);
  for (let n = 0; n < turns; n++) await new Promise((resolve) => setImmediate(resolve));
}

/** Mulberry32: the same sequence for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe('with Redis away', () => {
  if (!hasRedisServer) return skipped(NEEDS_REDIS_SERVER);
  let server: RedisServer;
  let store: KeyValue;
  let attempts: Attempts;
  beforeEach(async () => {
    server = await startRedisServer();
    store = await openKeyValue({ redisUrl: server.url });
    attempts = createAttempts(store, LIMITS);
  });
  afterEach(async () => {
    await store.close();
    await server.close();
  });

  it('looks at no guess, and answers 503 to everything', async () => {
    expect(await guess(attempts, 'wrong')).toBe('wrong');
    await server.kill();
    checks = 0;
    expect(await guess(attempts, 'right')).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    const others = [attempts.spend(HOME), attempts.charge(HOME), attempts.clear('alice')];
    for (const work of others) await expect(work).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect(checks).toBe(0);
  });

  it('does not tell of a failure that it could not count; a success stands', async () => {
    const during = (result: 'right' | 'wrong') =>
      attempts.guard(
        { account: 'alice', address: HOME },
        () => server.kill().then(() => result),
        (is) => is === 'wrong',
      );
    await expect(during('wrong')).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    await server.restart();
    await untilResolves(() => store.ping());
    await expect(during('right')).resolves.toBe('right');
  });
});
