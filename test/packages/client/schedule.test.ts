import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { AuthError, createAuthClient } from '../../../packages/client/src/index.ts';

const HOUR = 3_600_000;

/** A token without a signature, which pages do not verify. */
const accessToken = ['', JSON.stringify({ sub: 'kandi', role: 'user', sid: 'a session' }), '']
  .map((part) => btoa(part))
  .join('.');

const tokens = (expiresIn: unknown) =>
  Response.json({ data: { tokens: { accessToken, expiresIn, refreshToken: 'r' } } });
const limited = (retryAfter: string) => new Response('', { status: 429, headers: { 'retry-after': retryAfter } });

describe('the client sends few requests, whatever times a server returns', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it.each<[string, () => Response, number]>([
    ['a lifetime of 0', () => tokens(0), 30],
    ['a negative lifetime', () => tokens(-5), 30],
    ['no lifetime', () => tokens(undefined), 30],
    ['a lifetime that is not a number', () => tokens('soon'), 30],
    ['a lifetime of a second', () => tokens(1), 3600],
    ['a lifetime of half an hour', () => tokens(1800), 3],
    ['a lifetime of 30 days', () => tokens(30 * 24 * 3600), 1],
    ['Retry-After: 0', () => limited('0'), 30],
    ['an empty Retry-After', () => limited(''), 30],
    ['a negative Retry-After', () => limited('-1'), 30],
    ['a Retry-After of months', () => limited('9999999'), 1],
    ['no answer', () => Response.error(), 30],
  ])('%s', async (_name, answer, most) => {
    let asked = 0;
    const auth = createAuthClient({
      url: 'https://auth.example.com',
      fetch: async (_url, init) => {
        if ((init?.body as string).includes('login(')) return tokens(60);
        asked++;
        return answer();
      },
    });
    await auth.login({ username: 'kandi', password: 'the password' });
    await jest.advanceTimersByTimeAsync(HOUR);
    auth.close();
    expect(asked).toBeGreaterThan(0);
    expect(asked).toBeLessThanOrEqual(most);
    expect(auth.state).toBe('signed-in');
  });

  it('a lifetime of 30 days is used up, although no timer waits for so long', async () => {
    let asked = 0;
    const auth = createAuthClient({
      url: 'https://auth.example.com',
      fetch: async () => {
        asked++;
        return tokens(30 * 24 * 3600);
      },
    });
    await auth.login({ username: 'kandi', password: 'the password' });
    await jest.advanceTimersByTimeAsync(29.9 * 24 * HOUR);
    expect(asked).toBe(1);
    await jest.advanceTimersByTimeAsync(0.1 * 24 * HOUR);
    auth.close();
    expect(asked).toBe(2);
  });

  it('a hidden page refreshes when it becomes visible, and not after the client was closed', async () => {
    const listeners = new Set<() => void>();
    const document = {
      visibilityState: 'hidden',
      addEventListener: (_type: string, listener: () => void) => void listeners.add(listener),
      removeEventListener: (_type: string, listener: () => void) => void listeners.delete(listener),
    };
    const show = (state: string) => {
      document.visibilityState = state;
      for (const listener of listeners) listener();
    };
    Object.defineProperty(globalThis, 'document', { configurable: true, value: document });
    let asked = 0;
    const auth = createAuthClient({
      url: 'https://auth.example.com',
      refreshToken: 'memory',
      fetch: async () => {
        asked++;
        return tokens(1800);
      },
    });
    await auth.login({ username: 'kandi', password: 'the password' });
    await jest.advanceTimersByTimeAsync(2 * HOUR);
    show('hidden');
    await jest.advanceTimersByTimeAsync(HOUR);
    expect(asked).toBe(1);
    show('visible');
    await jest.advanceTimersByTimeAsync(2_000);
    expect(asked).toBe(2);
    await jest.advanceTimersByTimeAsync(1_800_000 - 60_000);
    expect(asked).toBe(3);
    auth.close();
    show('visible');
    await jest.advanceTimersByTimeAsync(2 * HOUR);
    expect([asked, listeners.size]).toEqual([3, 0]);
    delete (globalThis as { document?: unknown }).document;
  });

  it('a sign-in fails if the token has no lifetime', async () => {
    const auth = createAuthClient({ url: 'https://auth.example.com', fetch: async () => tokens(0) });
    await expect(auth.login({ username: 'kandi', password: 'the password' })).rejects.toThrow(AuthError);
    expect(auth.state).toBe('signed-out');
  });
});
