import { expect, it } from '@jest/globals';
import { createDeadlines } from '../../src/gateway/transport/deadlines.ts';

/** A job that ends only when its signal is aborted, with the signal's reason. */
const endless = (signal: AbortSignal) =>
  new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });

it('a job ends at its own time limit', async () => {
  const { within, endAll } = createDeadlines();
  const long = within(60_000, endless);
  await expect(within(5, endless)).rejects.toThrow('No answer within 5 ms');
  endAll(new Error('over'));
  await expect(long).rejects.toThrow('over');
});

it('all running jobs end at once, completed ones do not change, and later ones are refused', async () => {
  const { within, endAll } = createDeadlines();
  let done: AbortSignal | undefined;
  expect(await within(60_000, async (signal) => ((done = signal), 'done'))).toBe('done');
  let failed: AbortSignal | undefined;
  const failing = within(60_000, async (signal) => {
    failed = signal;
    throw new Error('failed');
  });
  await expect(failing).rejects.toThrow('failed');
  const running = [within(60_000, endless), within(60_000, endless)].map((job) => job.catch(String));
  endAll(new Error('stopped'));
  expect(await Promise.all(running)).toEqual(['Error: stopped', 'Error: stopped']);
  expect([done!.aborted, failed!.aborted]).toEqual([false, false]);
  let begun = false;
  await expect(within(60_000, async () => void (begun = true))).rejects.toThrow('stopped');
  expect(begun).toBe(false);
});
