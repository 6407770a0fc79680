import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { skipped } from '../support/store_servers.ts';
import type { GraphqlAnswer } from '../support/http_client.ts';
import { ADMIN, AVAILABLE_STORES, describeOnStores, type Instance, startInstance } from '../support/instance.ts';
import { createUser, type Person } from '../support/accounts.ts';
import { hashingProcesses, isAlive, SHOWS_PROCESSES } from '../support/process_table.ts';
import { until } from '../support/until.ts';

const WRONG = 'not the right password';
/** One hash in progress and two waiting, so that few requests are a flood. */
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
  /** Stops the hashing process, so that accepted requests keep their places. */
  const pause = () => process.kill(hashingProcesses()[0]!, 'SIGSTOP');
  const goOn = () => process.kill(hashingProcesses()[0]!, 'SIGCONT');

  /** Resolves once so many requests wait behind the running one. */
  const waiting = (count: number) =>
    until(
      async () => (await fetch(`${gatehouse.url}/metrics`)).text(),
      (metrics) => metrics.includes(`\ngatehouse_hashing_queue_depth ${count}\n`),
    );

  /** Sends one login more than there is room for. Returns the refused one and the accepted ones. */
  async function fill(signal?: AbortSignal) {
    const logins = Array.from({ length: 4 }, (_, index) => ({ index, answer: fail(signal) }));
    const first = await Promise.race(logins.map(async ({ index, answer }) => ({ index, answer: await answer })));
    const others = logins.filter(({ index }) => index !== first.index).map(({ answer }) => answer);
    return { refused: first.answer, others };
  }

  describe('from clients that fill the queue', () => {
    beforeAll(() => start({ LOGIN_LIMIT_PER_ACCOUNT: '3' }), 60_000);
    afterEach(() => void goOn());
    afterAll(() => gatehouse.close());

    it('is refused at once on both routes, and accepted logins get their response', async () => {
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

    it('does not delay requests with a token', async () => {
      pause();
      const { others } = await fill();
      expect((await gatehouse.client.me(token)).refusal).toBeUndefined();
      goOn();
      await Promise.all(others);
    }, 60_000);

    it('checks the limits first', async () => {
      const name = somebody();
      for (let times = 0; times < 3; times += 1) await gatehouse.client.tryLogin(name, WRONG);
      pause();
      const { others } = await fill();
      // It takes no place in the queue, and its response does not depend on the queue.
      expect((await gatehouse.client.tryLogin(name, WRONG)).refusal).toBe('RATE_LIMITED');
      goOn();
      await Promise.all(others);
    }, 60_000);
  });

  describe('from clients that disconnect', () => {
    beforeAll(() => start({ LOGIN_LIMIT_PER_IP: '4' }), 60_000);
    afterAll(() => gatehouse.close());

    it('leaves the queue to others, and counts only hashed attempts', async () => {
      pause();
      const impatient = new AbortController();
      const { others } = await fill(impatient.signal);
      impatient.abort();
      await Promise.allSettled(others);
      // One of their hashes is in progress. The two places behind it are free once the server notices the disconnects.
      await waiting(0);
      const admitted = [fail(), fail()];
      await waiting(2);
      goOn();
      const next = await Promise.all(admitted);
      expect(next.map(({ refusal }) => refusal)).toEqual(['UNAUTHENTICATED', 'UNAUTHENTICATED']);
      // Three of the address's four attempts were hashed.
      expect((await fail()).refusal).toBe('UNAUTHENTICATED');
      expect((await fail()).refusal).toBe('RATE_LIMITED');
    }, 60_000);
  });

  // The queue does not depend on the stores.
  if (stores === AVAILABLE_STORES) describeFlood();

  describe('whose hashing process is killed', () => {
    beforeAll(() => start({ HASH_QUEUE: '64' }), 60_000);
    afterAll(() => gatehouse.close());

    it('loses no login: the one in progress is asked to try again, the others wait for the next process', async () => {
      const { client } = gatehouse;
      const [pid] = hashingProcesses();
      pause();
      const login = () => client.tryLogin(ADMIN.username, ADMIN.password);
      const logins = Array.from({ length: 4 }, login);
      // The account's queue admits four of them, and one of those is in progress.
      await waiting(3);
      process.kill(pid!, 'SIGKILL');
      const first = await Promise.all(logins);
      expect(first.map(({ refusal }) => refusal ?? 'in').toSorted()).toEqual(['OVERLOADED', 'in', 'in', 'in']);
      expect(isAlive(pid!)).toBe(false);
      expect((await client.me(token)).refusal).toBeUndefined();
      expect((await login()).refusal).toBeUndefined();
    }, 60_000);
  });

  function describeFlood(): void {
    describe('from one address that has many accounts and the right passwords', () => {
      /** The most logins of one address without a failure: four of each account. */
      const ACCOUNTS = 9;
      const AT_A_TIME = 4;
      const QUEUE = 16;
      let flooders: Person[];
      let honest: Person[];
      beforeAll(async () => {
        await start({ HASH_QUEUE: `${QUEUE}`, TRUST_PROXY: '127.0.0.1' });
        const people: Person[] = [];
        for (let n = 0; n < ACCOUNTS + 12; n += 1) people.push(await createUser(gatehouse));
        [flooders, honest] = [people.slice(0, ACCOUNTS), people.slice(ACCOUNTS)];
      }, 120_000);
      afterEach(() => void goOn());
      afterAll(() => gatehouse.close());

      /** Signs in through REST. Returns the status with the time to wait. */
      const signIn = async ({ username, password }: Person, address: string) => {
        const { status, headers } = await gatehouse.client.form(
          '/token',
          { username, password },
          { 'x-forwarded-for': address },
        );
        return { status, retryAfter: headers.get('retry-after') };
      };
      /** Fills the queue from one address, with waiting and refused logins. */
      async function flood() {
        const refused: { status: number; retryAfter: string | null }[] = [];
        const answers = Array.from({ length: AT_A_TIME }, () => flooders)
          .flat()
          .map(async (person) => {
            const answer = await signIn(person, '203.0.113.99');
            if (answer.status !== 200) refused.push(answer);
            return answer;
          });
        const untilRefused = (count: number) => until(() => refused.length >= count, Boolean, { patienceMs: 50_000 });
        // One is hashed, and a full queue waits.
        await untilRefused(ACCOUNTS * AT_A_TIME - QUEUE - 1);
        return { answers, refused, untilRefused };
      }

      it('lets in every sign-in from elsewhere, each in the place of one of the flood', async () => {
        pause();
        const { answers, refused, untilRefused } = await flood();
        const before = refused.length;
        const others = honest.map((person, n) => signIn(person, `198.51.100.${n + 1}`));
        await untilRefused(before + honest.length);
        goOn();
        expect((await Promise.all(others)).map(({ status }) => status)).toEqual(honest.map(() => 200));
        await Promise.all(answers);
        expect(refused).toHaveLength(before + honest.length);
        for (const { status, retryAfter } of refused) {
          expect(status).toBe(503);
          expect(Number(retryAfter)).toBeGreaterThanOrEqual(1);
        }
      }, 60_000);

      it('lets in another account of the very same address', async () => {
        pause();
        const { answers, refused, untilRefused } = await flood();
        const before = refused.length;
        const neighbour = signIn(honest[0]!, '203.0.113.99');
        await untilRefused(before + 1);
        goOn();
        expect((await neighbour).status).toBe(200);
        await Promise.all(answers);
      }, 60_000);

      it('leaves a place to a changed password and to an account by an admin', async () => {
        const [kandi] = honest;
        const { accessToken } = await gatehouse.client.login(kandi!.username, kandi!.password);
        pause();
        const { answers, refused, untilRefused } = await flood();
        const before = refused.length;
        const headers = { 'x-forwarded-for': '198.51.100.77' };
        const changed = gatehouse.client.ask(
          'mutation ($current: String!, $next: String!) { changePassword(currentPassword: $current, newPassword: $next) }',
          { token: accessToken, variables: { current: kandi!.password, next: `another ${kandi!.password}` }, headers },
        );
        const username = somebody();
        const input = { username, email: `${username}@example.com`, password: `of ${username}` };
        const created = gatehouse.client.ask(
          'mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }',
          {
            token,
            variables: { input },
            headers: { 'x-forwarded-for': '198.51.100.78' },
          },
        );
        await untilRefused(before + 2);
        goOn();
        expect([(await changed).refusal, (await created).refusal]).toEqual([undefined, undefined]);
        await Promise.all(answers);
      }, 60_000);
    });
  }
}
