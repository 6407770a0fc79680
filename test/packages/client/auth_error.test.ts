import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { readAccessToken, timeLeft, timeToRefresh } from '../../../packages/client/src/access_token.ts';
import { GATEWAY_CODES, readAuthErrors } from '../../../packages/client/src/auth_error.ts';
import { TABLE } from '../../../src/kernel/errors.ts';

describe("the kit's errors", () => {
  it("have exactly the codes of the server's table", () => {
    const codes = new Set(Object.values(TABLE).map(({ code }) => code));
    expect([...GATEWAY_CODES].sort()).toEqual([...codes].sort());
  });

  it.each(GATEWAY_CODES)('%s is read from a result, and shows whether a new sign-in helps', (code) => {
    const [error] = readAuthErrors([{ message: 'no', extensions: { code } }]);
    expect(error).toMatchObject({ code, message: 'no' });
    expect(error?.reauthenticate).toBe(code === 'UNAUTHENTICATED' || code === 'INACTIVE_USER');
    expect(error?.accountDisabled).toBe(code === 'INACTIVE_USER');
  });

  it.each([
    ['a token', 'UNAUTHENTICATED', { reason: 'EXPIRED' }, true],
    ['a password', 'UNAUTHENTICATED', {}, false],
    ['a field that the token may not read', 'FORBIDDEN', { reason: 'EXPIRED' }, false],
  ])('show whether the token was refused: %s', (_what, code, more, itWas) => {
    expect(readAuthErrors([{ message: 'no', extensions: { code, ...more } }])[0]?.tokenRefused).toBe(itWas);
  });

  it('list the faults by field, without those that have no field or no code', () => {
    const short = { field: 'password', code: 'TOO_SHORT', min: 12 };
    const fields = [short, { field: 'email' }, { code: 'TAKEN' }, null, 'email'];
    const [named, unnamed, odd] = readAuthErrors([
      { message: 'no', extensions: { code: 'BAD_USER_INPUT', fields } },
      { message: 'no', extensions: { code: 'BAD_USER_INPUT' } },
      { message: 'no', extensions: { code: 'CONFLICT', fields: 'email' } },
    ]);
    expect([named?.fields, unnamed?.fields, odd?.fields]).toEqual([[short], [], []]);
  });

  it('have the next step of a sign-in and the authentication that is asked for, if they are whole', () => {
    const nextStep = { ticket: 'a ticket', methods: ['TOTP', 'PASSKEY'], expiresIn: 300 };
    const stepUp = { maxAge: 900, acr: 'urn:gatehouse:acr:2', methods: ['PASSWORD'] };
    const read = (code: string, more: object) => readAuthErrors([{ message: 'no', extensions: { code, ...more } }])[0];
    expect(read('SECOND_FACTOR_REQUIRED', nextStep)).toMatchObject({ nextStep, stepUp: undefined });
    expect(read('REAUTHENTICATION_REQUIRED', stepUp)).toMatchObject({ stepUp, nextStep: undefined });
    expect(read('FORBIDDEN', { ...nextStep, ...stepUp })).toMatchObject({ nextStep: undefined, stepUp: undefined });
    expect(read('SECOND_FACTOR_REQUIRED', { ...nextStep, ticket: 1 })?.nextStep).toBeUndefined();
    expect(read('REAUTHENTICATION_REQUIRED', { ...stepUp, methods: 'PASSWORD' })?.stepUp).toBeUndefined();
  });

  it('omit the errors of subgraphs, and errors of another shape', () => {
    const extensions = { code: 'RATE_LIMITED', retryAfter: '5', reason: 'BORED', requestId: null };
    const errors = readAuthErrors([
      { message: 'theirs', extensions: { code: 'OUT_OF_STOCK' } },
      { message: 'bare' },
      { message: 'odd', extensions },
    ]);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ message: 'odd', retryAfter: undefined, reason: undefined, requestId: undefined });
    expect([readAuthErrors(null), readAuthErrors(undefined)]).toEqual([[], []]);
  });
});

describe("a token's age", () => {
  afterEach(() => void jest.restoreAllMocks());

  const payload = { sub: 'Zoë', role: 'user', sid: 's' };
  const make = (lifetimeMs: number, since = Date.now()) =>
    readAccessToken(`h.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.s`, lifetimeMs, since);
  const move = (wall: number, steady: number) => {
    const [now, passed] = [Date.now(), performance.now()];
    jest.spyOn(Date, 'now').mockReturnValue(now + wall);
    jest.spyOn(performance, 'now').mockReturnValue(passed + steady);
  };

  it('reads a name in any script', () => expect(make(1).user).toEqual({ username: 'Zoë', role: 'user' }));

  it.each([
    ['an hour of sleep, which the monotonic clock may not count', 3_600_000, 0],
    ['a wall clock that was set back meanwhile', -600_000, 3_600_000],
  ])('counts %s', (_what, wall, steady) => {
    const token = make(1_800_000);
    move(wall, steady);
    expect(timeLeft(token)).toBeLessThan(0);
  });

  it.each([
    ['a long lifetime ends a minute early', 1_800_000, 60_000],
    ['a short one ends a tenth early', 100_000, 10_000],
  ])('%s', (_what, lifetime, margin) => {
    jest.spyOn(Date, 'now').mockReturnValue(1e12);
    jest.spyOn(performance, 'now').mockReturnValue(1e6);
    expect(timeToRefresh(make(lifetime))).toBe(lifetime - margin);
  });

  it('is counted in every tab from the request of the tab that made it', () => {
    jest.spyOn(Date, 'now').mockReturnValue(1e12);
    expect(timeLeft(make(100_000, 1e12 - 30_000))).toBeLessThanOrEqual(70_000);
  });
});
