import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { methodsOf } from '../../../src/application/authentication/factors.ts';
import {
  type AccountState,
  BEGINNINGS,
  changes,
  factorsOf,
  type Holding,
  opensSession,
  reachable,
  removals,
} from '../../support/account_states.ts';
import { createUser, type Person } from '../../support/accounts.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { type Enrolled, enrolTotp, storePasskey } from '../../support/second_factor.ts';

const COMPLETE = `mutation ($ticket: String!, $totp: String, $recoveryCode: String) {
  completeLogin(ticket: $ticket, totp: $totp, recoveryCode: $recoveryCode) { accessToken }
}`;

/** The states in which a password is tried, and which differ for a door without a mailbox. */
const STATES = reachable(BEGINNINGS, changes).filter(({ password, verified }) => password && verified);

const titleOf = ({ password, totp, passkeys, recoveryCodes, disabled }: AccountState) =>
  Object.entries({ password, totp, [`${passkeys} passkeys`]: passkeys > 0, recoveryCodes, disabled })
    .filter(([, isThere]) => isThere)
    .map(([name]) => name)
    .join(', ') || 'nothing';

describe('the server agrees with the model about an account with', () => {
  let now = Math.floor(Date.now() / 1000) * 1000;
  let gatehouse: Instance;
  beforeAll(async () => {
    gatehouse = await startInstance({ clock: () => now, env: { LOGIN_LIMIT_PER_IP: '100000' } });
  });
  afterAll(() => gatehouse.close());

  const idOf = (person: Person) => `(select id from users where username = '${person.username}')`;

  /** Creates an account in a state, by its rows. */
  async function arrive(state: AccountState): Promise<{ person: Person; enrolled: Enrolled }> {
    now += 120_000;
    const person = await createUser(gatehouse);
    const enrolled = await enrolTotp(gatehouse, person);
    if (!state.totp) await gatehouse.sql(`delete from totp_secrets where user_id = ${idOf(person)}`);
    if (!state.recoveryCodes) await gatehouse.sql(`delete from recovery_codes where user_id = ${idOf(person)}`);
    for (let n = 0; n < state.passkeys; n += 1) await storePasskey(gatehouse, person);
    await gatehouse.sql(
      `update users set second_factor = ${state.totp || state.passkeys > 0}, disabled = ${state.disabled}
       where username = '${person.username}'`,
    );
    return { person, enrolled };
  }

  /** Signs in with the password and what else is held. Returns an access token; undefined if that is refused. */
  async function signIn({ username, password }: Person, factor: Record<string, string>): Promise<string | undefined> {
    const { data, errors } = await gatehouse.client.tryLogin(username, password);
    if (data) return data.login.accessToken;
    const { ticket } = errors![0]!.extensions as unknown as { ticket?: string };
    if (ticket === undefined || Object.keys(factor).length === 0) return undefined;
    const completed = await gatehouse.client.ask(COMPLETE, { variables: { ticket, ...factor } });
    return completed.data?.completeLogin.accessToken as string | undefined;
  }

  async function storedFactors(person: Person) {
    const [row] = await gatehouse.sql(
      `select password_hash is not null as password,
         exists (select from totp_secrets where user_id = u.id and confirmed_at is not null) as totp,
         (select count(*)::int from passkeys where user_id = u.id) as passkeys,
         exists (select from recovery_codes where user_id = u.id) as "recoveryCodes"
       from users u where username = '${person.username}'`,
    );
    return row;
  }

  it.each(STATES.map((state) => [titleOf(state), state] as const))('%s', async (_title, state) => {
    const { person, enrolled } = await arrive(state);
    const { refusal, errors } = await gatehouse.client.tryLogin(person.username, person.password);
    const methods = (errors?.[0]?.extensions as { methods?: string[] } | undefined)?.methods;
    const isOpen = opensSession(state, new Set(['password'] as const));
    const isRight = !state.disabled;
    expect([refusal, methods]).toEqual(
      isOpen
        ? [undefined, undefined]
        : isRight
          ? ['SECOND_FACTOR_REQUIRED', methodsOf(factorsOf(state))]
          : ['UNAUTHENTICATED', undefined],
    );

    const tries: [Holding, Record<string, string>][] = [
      ['authenticator', { totp: enrolled.codeAt(now) }],
      ['recovery codes', { recoveryCode: enrolled.recoveryCodes[0]! }],
    ];
    let token: string | undefined;
    for (const [holding, factor] of tries) {
      const opened = await signIn(person, factor);
      expect([holding, opened !== undefined]).toEqual([
        holding,
        opensSession(state, new Set(['password', holding] as const)),
      ]);
      token = opened ?? token;
    }

    if (token === undefined || !state.totp) return;
    const removal = removals(state).find(({ title }) => title === 'remove the authenticator');
    const removed = await gatehouse.client.ask('mutation { removeTotp }', { token });
    expect(removed.data?.removeTotp ?? false).toBe(removal !== undefined);
    const { password, totp, passkeys, recoveryCodes } = removal?.to ?? state;
    expect(await storedFactors(person)).toEqual({ password, totp, passkeys, recoveryCodes });
  });
});
