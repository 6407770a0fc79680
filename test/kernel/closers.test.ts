import { describe, expect, it } from '@jest/globals';
import { type Closers, openAll } from '../../src/kernel/closers.ts';

const closing = (closed: string[], name: string) => async () => void closed.push(name);

describe('an opened resource', () => {
  it('is closed in reverse order, once', async () => {
    const closed: string[] = [];
    const closers = await openAll(async (opened: Closers) => {
      opened.defer(closing(closed, 'first'));
      opened.defer(closing(closed, 'second'));
      return opened;
    });
    expect(closed).toEqual([]);
    await closers.close();
    await closers.close();
    expect(closed).toEqual(['second', 'first']);
  });

  it('is closed if a later step fails, whose error is thrown', async () => {
    const closed: string[] = [];
    const opening = openAll(async (opened) => {
      opened.defer(closing(closed, 'first'));
      opened.defer(() => Promise.reject(new Error('cannot close')));
      throw new Error('cannot open');
    });
    await expect(opening).rejects.toThrow('cannot open');
    expect(closed).toEqual(['first']);
  });

  it('is closed even if closing another one fails', async () => {
    const closed: string[] = [];
    const closers = await openAll(async (opened) => {
      opened.defer(closing(closed, 'first'));
      opened.defer(() => Promise.reject(new Error('cannot close')));
      return opened;
    });
    await expect(closers.close()).rejects.toThrow('cannot close');
    expect(closed).toEqual(['first']);
  });
});
