import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { createGateway } from '../../../packages/client/src/gateway.ts';

const URL_OF_IT = new URL('https://auth.example/graphql');
const never = (signal: AbortSignal | null | undefined) =>
  new Promise<Response>((_resolve, reject) => signal!.addEventListener('abort', () => reject(new Error('aborted'))));

afterEach(() => void jest.useRealTimers());

describe('a platform without AbortSignal.any and AbortSignal.timeout', () => {
  const { any, timeout } = AbortSignal;
  afterEach(() => void Object.assign(AbortSignal, { any, timeout }));

  it('does not look like an unreachable gateway', async () => {
    Object.assign(AbortSignal, { any: undefined, timeout: undefined });
    const claims = btoa(JSON.stringify({ sub: 'kandi', role: 'user', sid: 'one' }));
    const tokens = { accessToken: `h.${claims}.s`, expiresIn: 60, refreshToken: 'next' };
    const gateway = createGateway(URL_OF_IT, false, async () => Response.json({ data: { tokens } }));
    expect(await gateway.refresh('one', new AbortController().signal)).toMatchObject({ refresh: 'next' });
  });
});

it.each<[name: string, answer: () => Response]>([
  ['atob', () => Response.json({ data: { tokens: { accessToken: 'a.b.c', expiresIn: 60, refreshToken: 'r' } } })],
  [
    'fetch',
    () => {
      throw new ReferenceError('fetch is not defined');
    },
  ],
])(
  'a platform without %s gets an error that says so, and not that the gateway is unreachable',
  async (name, answer) => {
    const own = Object.getOwnPropertyDescriptor(globalThis, name)!;
    Reflect.deleteProperty(globalThis, name);
    try {
      const gateway = createGateway(URL_OF_IT, false, async () => answer());
      await expect(gateway.refresh('one')).rejects.toThrow(ReferenceError);
    } finally {
      Object.defineProperty(globalThis, name, own);
    }
  },
);

describe('a request that is not answered', () => {
  it('is aborted after half a minute', async () => {
    jest.useFakeTimers();
    const gateway = createGateway(URL_OF_IT, false, (_url, init) => never(init?.signal));
    const refused = expect(gateway.refresh('one')).rejects.toMatchObject({ code: 'UNREACHABLE' });
    await jest.advanceTimersByTimeAsync(30_000);
    await refused;
    expect(jest.getTimerCount()).toBe(0);
  });

  it.each([false, true])('is aborted by a sign-out, even before it begins: %s', async (isBefore) => {
    const gateway = createGateway(URL_OF_IT, false, (_url, init) =>
      init?.signal?.aborted ? Promise.reject(new Error('aborted')) : never(init?.signal),
    );
    const controller = new AbortController();
    if (isBefore) controller.abort();
    const refused = expect(gateway.refresh('one', controller.signal)).rejects.toMatchObject({ code: 'UNREACHABLE' });
    controller.abort();
    await refused;
  });
});

it('a refresh accepts a media type with which a refusal is not a failed request in a browser console', async () => {
  const accepted: (string | null)[] = [];
  const gateway = createGateway(URL_OF_IT, true, async (_url, init) => {
    accepted.push(new Headers(init?.headers).get('accept'));
    return Response.json({ errors: [{ message: 'no', extensions: { code: 'UNAUTHENTICATED' } }], data: null });
  });
  await expect(gateway.refresh(null)).rejects.toMatchObject({ code: 'UNAUTHENTICATED', reauthenticate: true });
  expect(accepted).toEqual(['application/json']);
});
