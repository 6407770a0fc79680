import { describe, expect, test } from '@jest/globals';
import { Refusal } from '../../src/kernel/errors.ts';
import { createHashingQueue } from '../../src/passwords/hashing_queue.ts';

/** A job that ends when it is told to. */
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
  test('runs so many at once, the others in their order', async () => {
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

  test('refuses at once what is beyond it, and takes more when there is room', async () => {
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

  test('a newcomer does not slip in before those that wait', async () => {
    const queue = createHashingQueue({ atOnce: 1, queue: 2, deadlineSeconds: 10 });
    const [first, second, third] = [job(), job(), job()];
    const done = [queue.run(first.run), queue.run(second.run)];
    await settled();
    first.end('first');
    // In the very moment in which the place is handed over.
    const after = done[0]!.then(() => queue.run(third.run));
    await settled();
    expect([second.begun, third.begun]).toEqual([true, false]);
    second.end('second');
    third.end('third');
    expect(await after).toBe('third');
  });

  test('a job that fails gives its place to the next', async () => {
    const queue = createHashingQueue({ atOnce: 1, queue: 2, deadlineSeconds: 10 });
    const bad = job();
    const failing = queue.run(bad.run);
    const next = queue.run(async () => 'next');
    bad.fail(new Error('no'));
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe('next');
  });

  test('what is not begun in time is refused and never begun, and makes room', async () => {
    const queue = createHashingQueue({ atOnce: 1, queue: 1, deadlineSeconds: 0.05 });
    const [running, late] = [job(), job()];
    const first = queue.run(running.run);
    await overloaded(queue.run(late.run));
    const next = queue.run(async () => 'next');
    running.end('done');
    expect(await Promise.all([first, next])).toEqual(['done', 'next']);
    expect(late.begun).toBe(false);
  });

  test('what nobody waits for any more leaves it, and makes room; what has begun is finished', async () => {
    const queue = createHashingQueue({ atOnce: 1, queue: 1, deadlineSeconds: 10 });
    const [running, waiting] = [job(), job()];
    const [goneRunning, goneWaiting] = [new AbortController(), new AbortController()];
    const first = queue.run(running.run, goneRunning.signal);
    const second = queue.run(waiting.run, goneWaiting.signal);
    const left = overloaded(second);
    goneRunning.abort();
    goneWaiting.abort();
    await left;
    const third = queue.run(async () => 'third');
    running.end('finished');
    expect(await Promise.all([first, third])).toEqual(['finished', 'third']);
    expect(waiting.begun).toBe(false);
    const never = job();
    await overloaded(queue.run(never.run, AbortSignal.abort()));
    expect(never.begun).toBe(false);
  });

  test('tells when to come again by what waits and how long jobs take', async () => {
    const queue = createHashingQueue({ atOnce: 1, queue: 60, deadlineSeconds: 10 });
    const jobs = Array.from({ length: 61 }, job);
    const answers = jobs.map((one) => queue.run(one.run));
    const refusal = await queue.run(job().run).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(Refusal);
    // Sixty of a tenth of a second.
    expect((refusal as Refusal).retryAfter).toBe(6);
    jobs.forEach((one) => one.end('end'));
    await Promise.all(answers);
  });
});
