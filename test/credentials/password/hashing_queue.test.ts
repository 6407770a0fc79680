import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Refusal } from '../../../src/kernel/errors.ts';
import { createHashingQueue } from '../../../src/credentials/password/hashing_queue.ts';

/** A job that ends on request. */
function job() {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let begun = false;
  return {
    run: () => {
      begun = true;
      return promise;
    },
    end: resolve,
    fail: reject,
    get begun() {
      return begun;
    },
  };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));
const overloaded = (promise: Promise<unknown>) =>
  expect(promise).rejects.toMatchObject({ kind: 'OVERLOADED', status: 503, retryAfter: expect.any(Number) });

describe('the queue', () => {
  test('runs a number of jobs at once, and the others in their order', async () => {
    const queue = createHashingQueue({ atOnce: 2, queue: 10, deadlineSeconds: 10 });
    const jobs = Array.from({ length: 5 }, job);
    const answers = jobs.map((one) => queue.run(one.run));
    await settled();
    expect(jobs.map((one) => one.begun)).toEqual([true, true, false, false, false]);
    jobs[1]!.end('1');
    await settled();
    expect(jobs.map((one) => one.begun)).toEqual([true, true, true, false, false]);
    jobs[2]!.end('2');
    jobs[0]!.end('0');
    await settled();
    expect(jobs.map((one) => one.begun)).toEqual([true, true, true, true, true]);
    jobs[3]!.end('3');
    jobs[4]!.end('4');
    expect(await Promise.all(answers)).toEqual(['0', '1', '2', '3', '4']);
  });

  test('rejects jobs at once when it is full, and accepts more once there is room', async () => {
    const queue = createHashingQueue({ atOnce: 1, queue: 2, deadlineSeconds: 10 });
    const jobs = Array.from({ length: 3 }, job);
    const answers = jobs.map((one) => queue.run(one.run));
    const refused = job();
    await overloaded(queue.run(refused.run));
    jobs[0]!.end('0');
    await answers[0];
    const later = queue.run(async () => 'later');
    jobs.forEach((one) => one.end('end'));
    expect(await later).toBe('later');
    expect(refused.begun).toBe(false);
  });

  test('does not let a newcomer overtake waiting jobs', async () => {
    const queue = createHashingQueue({ atOnce: 1, queue: 2, deadlineSeconds: 10 });
    const [first, second, third] = [job(), job(), job()];
    const done = [queue.run(first.run), queue.run(second.run)];
    await settled();
    first.end('first');
    // At the moment when the place is handed over.
    const after = done[0]!.then(() => queue.run(third.run));
    await settled();
    expect([second.begun, third.begun]).toEqual([true, false]);
    second.end('second');
    third.end('third');
    expect(await after).toBe('third');
  });

  test('gives the place of a failed job to the next one', async () => {
    const queue = createHashingQueue({ atOnce: 1, queue: 2, deadlineSeconds: 10 });
    const bad = job();
    const failing = queue.run(bad.run);
    const next = queue.run(async () => 'next');
    bad.fail(new Error('no'));
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe('next');
  });

  test('rejects a job that does not begin in time, never begins it, and frees its place', async () => {
    const queue = createHashingQueue({ atOnce: 1, queue: 1, deadlineSeconds: 0.05 });
    const [running, late] = [job(), job()];
    const first = queue.run(running.run);
    await overloaded(queue.run(late.run));
    const next = queue.run(async () => 'next');
    running.end('done');
    expect(await Promise.all([first, next])).toEqual(['done', 'next']);
    expect(late.begun).toBe(false);
  });

  test('drops an aborted waiting job and frees its place, but finishes a job that has begun', async () => {
    const queue = createHashingQueue({ atOnce: 1, queue: 1, deadlineSeconds: 10 });
    const [running, waiting] = [job(), job()];
    const [goneRunning, goneWaiting] = [new AbortController(), new AbortController()];
    const first = queue.run(running.run, { flow: [], signal: goneRunning.signal });
    const second = queue.run(waiting.run, { flow: [], signal: goneWaiting.signal });
    const left = overloaded(second);
    goneRunning.abort();
    goneWaiting.abort();
    await left;
    const third = queue.run(async () => 'third');
    running.end('finished');
    expect(await Promise.all([first, third])).toEqual(['finished', 'third']);
    expect(waiting.begun).toBe(false);
    const never = job();
    await overloaded(queue.run(never.run, { flow: [], signal: AbortSignal.abort() }));
    expect(never.begun).toBe(false);
  });

  test('estimates the retry from the waiting jobs and the duration of jobs', async () => {
    const queue = createHashingQueue({ atOnce: 1, queue: 60, deadlineSeconds: 10 });
    const jobs = Array.from({ length: 61 }, job);
    const answers = jobs.map((one) => queue.run(one.run));
    const refusal = await queue.run(job().run).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(Refusal);
    // Sixty jobs of a tenth of a second each.
    expect((refusal as Refusal).retryAfter).toBe(6);
    jobs.forEach((one) => one.end('end'));
    await Promise.all(answers);
  });
});

describe('the shares of the queue', () => {
  /** A queue that stands still until it is released. Each arrival is written as `network/account`. */
  function line(queue: number) {
    const hashing = createHashingQueue({ atOnce: 1, queue, deadlineSeconds: 10 });
    const served: string[] = [];
    const refused: string[] = [];
    const first = job();
    const all: Promise<unknown>[] = [hashing.run(first.run)];
    const arrive = (...arrivals: string[]) => {
      for (const arrival of arrivals) {
        const turn = { flow: arrival.split('/') };
        all.push(
          hashing
            .run(async () => void served.push(arrival), turn)
            .catch((error: unknown) => {
              expect(error).toMatchObject({ kind: 'OVERLOADED', retryAfter: expect.any(Number) });
              refused.push(arrival);
            }),
        );
      }
    };
    const goOn = async () => {
      first.end('first');
      await Promise.all(all);
      return served;
    };
    return { arrive, goOn, served, refused, load: hashing.load };
  }
  const repeat = (arrival: string, times: number) => Array<string>(times).fill(arrival);

  test('serves networks in turn: a newcomer is served in the next round', async () => {
    const { arrive, goOn } = line(10);
    arrive(...repeat('A/1', 4), 'B/1', 'B/1', 'C/1');
    expect(await goOn()).toEqual(['A/1', 'B/1', 'C/1', 'A/1', 'B/1', 'A/1', 'A/1']);
  });

  test('serves the accounts of a network in turn', async () => {
    const { arrive, goOn } = line(10);
    arrive(...repeat('A/1', 3), ...repeat('A/2', 2), 'A/3', 'B/1');
    expect(await goOn()).toEqual(['A/1', 'B/1', 'A/2', 'A/3', 'A/1', 'A/2', 'A/1']);
  });

  test('gives many accounts of one network a single turn', async () => {
    const { arrive, goOn } = line(30);
    arrive(...Array.from({ length: 20 }, (_, account) => `A/${account}`), 'B/1', 'C/1');
    expect((await goOn()).slice(0, 4)).toEqual(['A/0', 'B/1', 'C/1', 'A/1']);
  });

  test('gives many networks of one site a single turn', async () => {
    const { arrive, goOn } = line(30);
    arrive(...Array.from({ length: 20 }, (_, network) => `S/${network}/1`), 'B/1');
    expect((await goOn()).slice(0, 3)).toEqual(['S/0/1', 'B/1', 'S/1/1']);
  });

  test('gives a new network a place in a full queue, and evicts the newest job of the longest branch', async () => {
    const { arrive, goOn, refused } = line(4);
    arrive('A/1', 'A/2', 'A/2', 'A/3', 'B/1');
    await settled();
    expect(refused).toEqual(['A/2']);
    arrive('C/1');
    await settled();
    expect(refused).toEqual(['A/2', 'A/3']);
    expect(await goOn()).toEqual(['A/1', 'B/1', 'C/1', 'A/2']);
  });

  test('gives a new account a place in a queue that its network fills', async () => {
    const { arrive, goOn, refused } = line(4);
    arrive(...repeat('A/1', 4), 'A/2');
    await settled();
    expect(refused).toEqual(['A/1']);
    expect(await goOn()).toEqual(['A/1', 'A/2', 'A/1', 'A/1']);
  });

  test('rejects a newcomer whose share is the largest', async () => {
    const { arrive, goOn, refused } = line(4);
    arrive('A/1', 'A/2', 'B/1', 'B/2', 'A/3', 'B/1');
    await settled();
    expect(refused).toEqual(['A/3', 'B/1']);
    expect(await goOn()).toEqual(['A/1', 'B/1', 'A/2', 'B/2']);
  });

  test('lets one network fill the queue while no other one uses it', async () => {
    const { arrive, goOn, refused } = line(64);
    arrive(...Array.from({ length: 64 }, (_, account) => `A/${account}`));
    expect(await goOn()).toHaveLength(64);
    expect(refused).toEqual([]);
  });

  test('holds for any arrivals: the queue is bounded, and no flow is evicted for one that has two more', async () => {
    const arrival = fc
      .tuple(fc.constantFrom('A', 'B', 'C', 'D'), fc.constantFrom('1', '2', '3'))
      .map((parts) => parts.join('/'));
    await fc.assert(
      fc.asyncProperty(
        fc.array(arrival, { maxLength: 40 }),
        fc.integer({ min: 1, max: 12 }),
        async (arrivals, queue) => {
          const { arrive, goOn, served, refused, load } = line(queue);
          arrive(...arrivals);
          expect(load().waiting).toBe(Math.min(queue, arrivals.length));
          await settled();
          const excluded = [...refused];
          await goOn();
          expect([...served, ...refused].sort()).toEqual([...arrivals].sort());
          const countBy = (key: (flow: string) => string) => Map.groupBy(served, key);
          const networkOf = (flow: string) => flow.split('/')[0]!;
          const networks = countBy(networkOf);
          for (const flow of excluded) {
            const own = networks.get(networkOf(flow))?.length ?? 0;
            for (const { length } of networks.values()) expect(length).toBeLessThanOrEqual(own + 1);
          }
        },
      ),
    );
  });
});
