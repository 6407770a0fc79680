import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { skipped } from '../support/backends.ts';
import type { GraphqlAnswer } from '../support/client.ts';
import { ADMIN, describeOnStores, type Instance, startInstance } from '../support/instance.ts';
import { hashingProcesses, isAlive, SHOWS_PROCESSES } from '../support/processes.ts';

const WRONG = 'not the right password';
/** One that runs and two that wait: a flood of a handful. */
const NARROW = { HASH_AT_ONCE: '1', HASH_QUEUE: '2', HASH_DEADLINE_SECONDS: '25' };

if (SHOWS_PROCESSES) describeOnStores('hashing under a flood', suite);
else describe('hashing under a flood', () => skipped('needs a system that shows its processes'));

function suite(stores: 'embedded' | 'PostgreSQL and Redis'): void {
  let gatehouse: Instance;
  let token: string;
  const start = async (env: Record<string, string>) => {
    gatehouse = await startInstance({ stores, env: { ...NARROW, ...env } });
    token = (await gatehouse.client.login(ADMIN.username, ADMIN.password)).accessToken;
  };

  const somebody = () => `kandi.${randomUUID()}`;
  const fail = (signal?: AbortSignal): Promise<GraphqlAnswer> => {
    const variables = { username: somebody(), password: WRONG };
    const query =
      'mutation ($username: String!, $password: String!) { login(username: $username, password: $password) { tokenType } }';
    return gatehouse.client.ask(query, { variables, ...(signal ? { signal } : {}) });
  };
  /** Nothing is hashed until it goes on: what was let in stands where it is. */
  const pause = () => process.kill(hashingProcesses()[0]!, 'SIGSTOP');
  const goOn = () => process.kill(hashingProcesses()[0]!, 'SIGCONT');

  /** One login more than there is room for; answers the one refused, and those that were let in. */
  async function fill(signal?: AbortSignal) {
    const logins = Array.from({ length: 4 }, (_, index) => ({ index, answer: fail(signal) }));
    const first = await Promise.race(logins.map(async ({ index, answer }) => ({ index, answer: await answer })));
    const others = logins.filter(({ index }) => index !== first.index).map(({ answer }) => answer);
    return { refused: first.answer, others };
  }

  describe('that fills the queue', () => {
    beforeAll(() => start({ LOGIN_LIMIT_PER_ACCOUNT: '3' }), 60_000);
    afterEach(() => void goOn());
    afterAll(() => gatehouse.close());

    it('is told so at once, at both doors, and those that were let in are answered', async () => {
      pause();
      const { refused, others } = await fill();
      expect(refused).toMatchObject({
        status: 503,
        errors: [{ message: 'Try again later', extensions: { code: 'OVERLOADED', retryAfter: expect.any(Number) } }],
      });
      const form = await gatehouse.client.form('/token', { username: somebody(), password: WRONG });
      expect({ status: form.status, body: form.body }).toEqual({
        status: 503,
        body: { error: 'temporarily_unavailable', error_description: 'Try again later' },
      });
      for (const { headers } of [refused, form]) expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      goOn();
      const answers = await Promise.all(others);
      expect(answers.map(({ errors }) => errors![0]!.message)).toEqual(Array(3).fill('Incorrect username or password'));
      expect((await gatehouse.client.tryLogin(ADMIN.username, ADMIN.password)).refusal).toBeUndefined();
    }, 60_000);

    it('holds up nobody who shows a token', async () => {
      pause();
      const { others } = await fill();
      expect((await gatehouse.client.me(token)).refusal).toBeUndefined();
      goOn();
      await Promise.all(others);
    }, 60_000);

    it('asks the limits first', async () => {
      const name = somebody();
      for (let times = 0; times < 3; times += 1) await gatehouse.client.tryLogin(name, WRONG);
      pause();
      const { others } = await fill();
      // It takes no place in the queue, and learns nothing of it.
      expect((await gatehouse.client.tryLogin(name, WRONG)).refusal).toBe('RATE_LIMITED');
      goOn();
      await Promise.all(others);
    }, 60_000);
  });

  describe('of clients that do not wait', () => {
    beforeAll(() => start({ LOGIN_LIMIT_PER_IP: '4' }), 60_000);
    afterAll(() => gatehouse.close());

    it('leaves the queue to others, and only what was hashed is counted', async () => {
      pause();
      const impatient = new AbortController();
      const { others } = await fill(impatient.signal);
      impatient.abort();
      await Promise.allSettled(others);
      // One of theirs is being hashed; the two places behind it are free as soon as the server hears of it.
      const admitted: Promise<GraphqlAnswer>[] = [];
      while (admitted.length < 2) {
        const login = fail();
        const settled = await Promise.race([login, sleep(2_000)]);
        if (settled) expect(settled.refusal).toBe('OVERLOADED');
        else admitted.push(login);
      }
      goOn();
      const next = await Promise.all(admitted);
      expect(next.map(({ refusal }) => refusal)).toEqual(['UNAUTHENTICATED', 'UNAUTHENTICATED']);
      // Three were hashed, of four that the address has.
      expect((await fail()).refusal).toBe('UNAUTHENTICATED');
      expect((await fail()).refusal).toBe('RATE_LIMITED');
    }, 60_000);
  });

  describe('in which what hashes is killed', () => {
    beforeAll(() => start({ HASH_QUEUE: '64' }), 60_000);
    afterAll(() => gatehouse.close());

    it('loses no login: the one that was hashed is told to come again, the others wait for the next', async () => {
      const { client } = gatehouse;
      const [pid] = hashingProcesses();
      pause();
      const login = () => client.tryLogin(ADMIN.username, ADMIN.password);
      const logins = Array.from({ length: 4 }, login);
      // The account's line lets four of them in, and one of those is under way.
      await sleep(2_000);
      process.kill(pid!, 'SIGKILL');
      const first = await Promise.all(logins);
      expect(first.map(({ refusal }) => refusal ?? 'in').toSorted()).toEqual(['OVERLOADED', 'in', 'in', 'in']);
      expect(isAlive(pid!)).toBe(false);
      expect((await client.me(token)).refusal).toBeUndefined();
      expect((await login()).refusal).toBeUndefined();
    }, 60_000);
  });
}
