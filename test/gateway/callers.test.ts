import { describe, expect, it } from '@jest/globals';
import { createCallers } from '../../src/gateway/authorization/callers.ts';
import type { Context } from '../../src/graphql/server/context.ts';
import { badCredentials, Refusal } from '../../src/kernel/errors.ts';
import type { Caller } from '../../src/application/authentication/principal.ts';

const NOW = 1_000_000;
const PERSON = {
  user: { username: 'kandi', role: 'user', disabled: false },
  sub: 'kandi',
  sid: 's1',
  scopes: ['account', 'orders'],
  clientId: null,
  narrowed: false,
  assurance: 2,
  acr: 'urn:gatehouse:acr:2',
  fresh: true,
  authenticatedAt: new Date(990_000),
} as unknown as Caller;
const PROGRAM = { ...PERSON, user: null, sub: 'client:1', clientId: '1' } as unknown as Caller;

function callerOf(found: () => Promise<Caller>, began: Date | null = new Date(NOW - 90_000)) {
  let asked = 0;
  const context = { caller: () => ((asked += 1), found()) } as unknown as Context;
  const caller = createCallers(
    async () => began,
    () => NOW,
  ).of(context);
  return { caller, asked: () => asked };
}

describe('the caller of a federated field', () => {
  it('is looked up once, for policies and subgraphs alike', async () => {
    const { caller, asked } = callerOf(async () => PERSON);
    expect(await caller.subject()).toMatchObject({
      sub: 'kandi',
      role: 'user',
      clientId: null,
      narrowed: false,
      assurance: 2,
      fresh: true,
    });
    expect(await caller.identity()).toEqual({
      sub: 'kandi',
      role: 'user',
      scope: 'account orders',
      sid: 's1',
      acr: 'urn:gatehouse:acr:2',
      auth_time: 990,
    });
    expect(asked()).toBe(1);
  });

  it.each<[string, Date | null, number]>([
    ['as old as the session', new Date(NOW - 90_000), 90],
    ['as old as can be where there is no session any more', null, Infinity],
  ])('signed in %s', async (_when, began, seconds) => {
    const subject = await callerOf(async () => PERSON, began).caller.subject();
    expect(await subject!.sessionAge()).toBe(seconds);
  });

  it('is a program, without a role or a sign-in, and never counts as a user', async () => {
    const { caller } = callerOf(async () => PROGRAM);
    const subject = await caller.subject();
    expect(subject).toMatchObject({
      sub: 'client:1',
      role: null,
      clientId: '1',
      narrowed: true,
      assurance: null,
      fresh: false,
    });
    expect(await subject!.sessionAge()).toBe(Infinity);
    expect(await caller.identity()).toEqual({ sub: 'client:1', scope: 'account orders', client_id: '1' });
  });

  it('has no time of an authentication that the token does not tell', async () => {
    const { caller } = callerOf(async () => ({ ...PERSON, authenticatedAt: new Date(0) }) as Caller);
    const identity = await caller.identity();
    expect(identity).not.toHaveProperty('auth_time');
  });

  it('is null without a valid token, and keeps the reason', async () => {
    const { caller } = callerOf(async () => Promise.reject(badCredentials('EXPIRED')));
    expect([await caller.subject(), await caller.identity(), caller.reason()]).toEqual([
      null,
      {},
      { reason: 'EXPIRED' },
    ]);
  });

  it('is null if the account is disabled', async () => {
    const { caller } = callerOf(async () => ({ ...PERSON, user: { ...PERSON.user, disabled: true } }) as Caller);
    expect([await caller.subject(), await caller.identity(), caller.reason()]).toEqual([null, {}, {}]);
  });

  // Threat: a user whose token could not be looked up would get an anonymous caller's response, which may be cached.
  it.each([new Refusal('SERVICE_UNAVAILABLE'), new Error('a fault')])('is unknown if %s', async (fault) => {
    const { caller } = callerOf(async () => Promise.reject(fault));
    await expect(caller.subject()).rejects.toBe(fault);
    await expect(caller.identity()).rejects.toBe(fault);
  });
});
