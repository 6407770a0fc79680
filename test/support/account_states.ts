import type { AuthenticationMethod } from '../../src/application/authentication/authentication.ts';
import { type Factors, hasSecondFactor, methodsOf } from '../../src/application/authentication/factors.ts';
import { required } from '../../src/application/authentication/required.ts';
import { hasWayIn } from '../../src/application/factors/change_factors.ts';

/** All of an account that decides how its owner gets in. */
export interface AccountState {
  readonly password: boolean;
  readonly totp: boolean;
  readonly passkeys: 0 | 1 | 2;
  readonly recoveryCodes: boolean;
  /** True if the address was confirmed. */
  readonly verified: boolean;
  readonly disabled: boolean;
  /** True until the invitation is accepted. */
  readonly invited: boolean;
}

/** The things that a person may have: the owner of an account, an attacker, or an owner who lost something. */
export const HOLDINGS = ['password', 'authenticator', 'passkey', 'recovery codes', 'mailbox'] as const;
export type Holding = (typeof HOLDINGS)[number];
export type Holdings = ReadonlySet<Holding>;

const NOTHING = { password: false, totp: false, passkeys: 0, recoveryCodes: false } as const;
const FLAGS = { verified: false, disabled: false, invited: false } as const;

/** New accounts: created by an admin or registered, and invited. */
export const BEGINNINGS: readonly AccountState[] = [
  { ...NOTHING, ...FLAGS, password: true },
  { ...NOTHING, ...FLAGS, invited: true },
];

/** Returns an account with as many recovery codes as its state says. */
export function factorsOf({ password, totp, passkeys, recoveryCodes }: AccountState): Factors {
  return { password, totp, passkeys, recoveryCodes: recoveryCodes ? 10 : 0 };
}

/** Returns the methods that somebody can prove for an account, as each sign-in combines them. */
function proofsBy(state: AccountState, holds: Holdings): AuthenticationMethod[][] {
  const continued = methodsOf(factorsOf(state)).flatMap((method): AuthenticationMethod[][] => {
    if (method === 'PASSKEY') return holds.has('passkey') ? [['pwd', 'hwk', 'user']] : [];
    return holds.has(method === 'TOTP' ? 'authenticator' : 'recovery codes') ? [['pwd', 'otp']] : [];
  });
  return [
    ...(state.password && holds.has('password') ? [['pwd'] satisfies AuthenticationMethod[], ...continued] : []),
    ...(state.passkeys > 0 && holds.has('passkey') ? [['hwk', 'user'] satisfies AuthenticationMethod[]] : []),
  ];
}

/** Returns whether somebody can open a session now, by the rules of the server. */
export function opensSession(state: AccountState, holds: Holdings): boolean {
  if (state.disabled) return false;
  const account = { id: 'a', deviceEpoch: 0, factors: factorsOf(state), isRemembered: false };
  return proofsBy(state, holds).some((methods) => {
    const authentication = { userId: 'a', username: 'a', epoch: 0, methods, at: new Date(0) };
    return required(authentication, account).length === 0;
  });
}

/** A change of an account without a session, by a mailed link. It gives the holder of the mailbox a password. */
function byMail(state: AccountState): AccountState[] {
  if (state.disabled) return [];
  const known = { ...state, password: true, verified: true, invited: false };
  // Somebody else may have registered with an address that was never confirmed.
  return [state.verified ? known : { ...known, ...withoutSecondFactor(state) }];
}

const withoutSecondFactor = (_: AccountState) => ({ totp: false, passkeys: 0, recoveryCodes: false }) as const;

/** Returns whether somebody gets into an account in the end, with the help of mailed links. */
export function getsIn(state: AccountState, holds: Holdings): boolean {
  if (opensSession(state, holds)) return true;
  if (!holds.has('mailbox')) return false;
  return byMail(state).some((next) => opensSession(next, new Set([...holds, 'password'])));
}

/** The policy in one sentence, without the rules of the server. */
export function mayGetIn(state: AccountState, holds: Holdings): boolean {
  const { totp, passkeys, recoveryCodes, verified, disabled } = state;
  if (disabled) return false;
  if (holds.has('passkey') && passkeys > 0) return true;
  if (holds.has('mailbox') && !verified) return true;
  const knows = holds.has('mailbox') || (holds.has('password') && state.password);
  const has = (holds.has('authenticator') && totp) || (holds.has('recovery codes') && recoveryCodes);
  return knows && (has || (!totp && passkeys === 0));
}

export interface Change {
  readonly title: string;
  readonly by: 'owner' | 'mail' | 'admin';
  readonly to: AccountState;
}

/** The removals that the owner asks for. A removal that leaves no way in is refused. */
export function removals(state: AccountState): Change[] {
  const { password, totp, passkeys } = state;
  const asked: [string, boolean, AccountState][] = [
    ['remove the authenticator', totp, { ...state, totp: false }],
    ['remove a passkey', passkeys > 0, { ...state, passkeys: (passkeys - 1) as 0 | 1 }],
    ['remove the password', password, { ...state, password: false }],
  ];
  return asked.flatMap(([title, isThere, to]) => {
    if (!isThere || !hasWayIn(factorsOf(to))) return [];
    // Recovery codes replace a second factor, and go with the last one.
    return [{ title, by: 'owner' as const, to: hasSecondFactor(to) ? to : { ...to, recoveryCodes: false } }];
  });
}

/** All that can happen to an account. The owner's own changes need a session. */
export function changes(state: AccountState): Change[] {
  const own: Change[] = [];
  const add = (title: string, to: AccountState) => own.push({ title, by: 'owner', to });
  if (opensSession(state, new Set(HOLDINGS))) {
    if (!state.totp) add('add an authenticator', { ...state, totp: true, recoveryCodes: true });
    if (state.passkeys < 2) add('add a passkey', { ...state, passkeys: (state.passkeys + 1) as 1 | 2 });
    if (hasSecondFactor(state)) add('renew the recovery codes', { ...state, recoveryCodes: true });
    if (state.recoveryCodes) add('use up the recovery codes', { ...state, recoveryCodes: false });
    if (!state.verified) add('confirm the address', { ...state, verified: true });
    own.push(...removals(state));
  }
  const mail = state.invited ? 'accept the invitation' : 'reset the password';
  const undone = { ...state, password: false };
  const reset: AccountState = { ...state, ...withoutSecondFactor(state), invited: false };
  return [
    ...own,
    ...byMail(state).map((to) => ({ title: mail, by: 'mail' as const, to })),
    ...(state.verified && !state.disabled
      ? [{ title: 'undo a change of the address', by: 'mail' as const, to: undone }]
      : []),
    ...(state.disabled
      ? [{ title: 'enable', by: 'admin' as const, to: { ...state, disabled: false } }]
      : [{ title: 'disable', by: 'admin' as const, to: { ...state, disabled: true } }]),
    state.invited
      ? { title: 'hand over the link', by: 'admin', to: { ...state, password: true, invited: false } }
      : { title: 'set a password', by: 'admin', to: { ...state, password: true } },
    ...(hasSecondFactor(state) ? [{ title: 'reset the factors', by: 'admin' as const, to: reset }] : []),
    ...(state.verified
      ? [{ title: 'change the address', by: 'admin' as const, to: { ...state, verified: false } }]
      : []),
  ];
}

const keyOf = (state: AccountState) => JSON.stringify(Object.entries(state).sort());

/** Returns every state that can be reached from some states, these included. */
export function reachable(
  from: readonly AccountState[],
  next: (state: AccountState) => readonly Change[],
): readonly AccountState[] {
  const found = new Map(from.map((state) => [keyOf(state), state]));
  for (const state of found.values()) {
    for (const { to } of next(state)) if (!found.has(keyOf(to))) found.set(keyOf(to), to);
  }
  return [...found.values()];
}

/** Every set of things that somebody can have. */
export function everyHoldings(): Holdings[] {
  return Array.from(
    { length: 2 ** HOLDINGS.length },
    (_, bits) => new Set(HOLDINGS.filter((_, at) => bits & (1 << at))),
  );
}
