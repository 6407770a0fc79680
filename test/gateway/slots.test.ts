import { expect, it } from '@jest/globals';
import { createSlots } from '../../src/gateway/transport/slots.ts';

it('a slot goes to those who still wait for it, in their order', async () => {
  const inSlot = createSlots(1);
  const ran: string[] = [];
  const patient = new AbortController().signal;
  let release = () => {};
  const held = inSlot(() => new Promise<void>((resolve) => (release = resolve)), { signal: patient });
  const impatient = new AbortController();
  const job = (name: string, signal = patient) => inSlot(async () => void ran.push(name), { signal });
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

it('slots are shared among the flows that wait, however many jobs one of them has', async () => {
  const inSlot = createSlots(1);
  const { signal } = new AbortController();
  const ran: string[] = [];
  const jobs = ['a1', 'a2', 'a3', 'b1', 'b2', 'c1'].map((name) =>
    inSlot(async () => void ran.push(name), { flow: [name[0]!], signal }),
  );
  await Promise.all(jobs);
  expect(ran).toEqual(['a1', 'a2', 'b1', 'c1', 'a3', 'b2']);
});
