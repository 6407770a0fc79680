import { expect, it } from '@jest/globals';
import { createSemaphore, Evicted } from '../../src/kernel/semaphore.ts';

it('gives a free place to the waiting jobs in their order', async () => {
  const semaphore = createSemaphore(1);
  const ran: string[] = [];
  const patient = new AbortController().signal;
  let release = () => {};
  const held = semaphore.run(() => new Promise<void>((resolve) => (release = resolve)), { signal: patient });
  const impatient = new AbortController();
  const job = (name: string, signal = patient) => semaphore.run(async () => void ran.push(name), { signal });
  const jobs = [job('first'), job('left', impatient.signal).catch(String), job('second')];
  impatient.abort(new Error('No longer'));
  await expect(job('never', impatient.signal)).rejects.toThrow('No longer');
  release();
  await held;
  expect(await Promise.all(jobs)).toEqual([undefined, 'Error: No longer', undefined]);
  expect(ran).toEqual(['first', 'second']);
  await job('third');
  expect(ran).toEqual(['first', 'second', 'third']);
});

it('shares places fairly among the waiting flows, whatever the number of their jobs', async () => {
  const semaphore = createSemaphore(1);
  const { signal } = new AbortController();
  const ran: string[] = [];
  const jobs = ['a1', 'a2', 'a3', 'b1', 'b2', 'c1'].map((name) =>
    semaphore.run(async () => void ran.push(name), { flow: [name[0]!], signal }),
  );
  await Promise.all(jobs);
  expect(ran).toEqual(['a1', 'a2', 'b1', 'c1', 'a3', 'b2']);
});

it('evicts the newest job of the longest flow in favour of a shorter one', async () => {
  const semaphore = createSemaphore(1);
  const begun = Promise.withResolvers<void>();
  const held = semaphore.run(() => begun.promise);
  const ran: string[] = [];
  const jobs = ['a1', 'a2', 'a3'].map((name) =>
    semaphore.run(async () => void ran.push(name), { flow: [name[0]!] }).catch((error: unknown) => error),
  );
  expect(semaphore.evictFor(['a'])).toBe(false);
  expect(semaphore.evictFor(['b'])).toBe(true);
  expect(semaphore).toMatchObject({ running: 1, waiting: 2 });
  begun.resolve();
  await held;
  expect(await Promise.all(jobs)).toEqual([undefined, undefined, expect.any(Evicted)]);
  expect(ran).toEqual(['a1', 'a2']);
});
