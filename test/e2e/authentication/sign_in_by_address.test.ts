import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { createUser, type Person } from '../../support/accounts.ts';
import { describeOnStores, type Instance, startInstance } from '../../support/instance.ts';

describeOnStores('a sign-in by e-mail address', (stores) => {
  let gatehouse: Instance;
  let kandi: Person;
  let address: string;
  beforeAll(async () => {
    gatehouse = await startInstance({ stores, env: { LOGIN_LIMIT_PER_IP: '1000', LOGIN_LIMIT_PER_ACCOUNT: '3' } });
  });
  afterAll(() => gatehouse.close());
  beforeEach(async () => {
    kandi = await createUser(gatehouse);
    address = `Kandi.${randomUUID()}@MÜNCHEN.example`;
    const key = address.toLowerCase().replace('münchen', 'xn--mnchen-3ya');
    await gatehouse.sql(`update users set email = '${address}', email_key = '${key}', email_verified_at = now()
      where username = '${kandi.username}'`);
  });

  const byGraph = async (username: string, password: string) => {
    const { refusal } = await gatehouse.client.tryLogin(username, password);
    return refusal ?? 'signed in';
  };
  const byForm = async (username: string, password: string) => {
    const { status, body } = await gatehouse.client.form('/token', { username, password });
    return status === 200 ? 'signed in' : status === 429 ? 'RATE_LIMITED' : String(body['error_description']);
  };

  it.each([
    ['as it is stored', () => address],
    ['in another case', () => address.toUpperCase()],
    ['with an ASCII domain', () => address.replace('MÜNCHEN', 'xn--mnchen-3ya')],
    ['in full-width letters', () => address.replace('K', 'Ｋ')],
    ['with blanks around it', () => ` ${address} `],
  ])('works at both doors with the verified address %s', async (_how, typed) => {
    expect(await byGraph(typed(), kandi.password)).toBe('signed in');
    expect(await byForm(typed(), kandi.password)).toBe('signed in');
  });

  it('fails with an address that is not verified', async () => {
    await gatehouse.sql(`update users set email_verified_at = null where username = '${kandi.username}'`);
    expect(await byGraph(address, kandi.password)).toBe('UNAUTHENTICATED');
    expect(await byForm(address, kandi.password)).toBe('Incorrect username or password');
    expect(await byGraph(kandi.username, kandi.password)).toBe('signed in');
  });

  it('shares the limits of the account, whichever spelling is typed', async () => {
    await byGraph(address, 'wrong');
    await byForm(address.toLowerCase(), 'wrong');
    await byGraph(kandi.username, 'wrong');
    expect(await byGraph(address.replace('MÜNCHEN', 'münchen'), kandi.password)).toBe('RATE_LIMITED');
    expect(await byForm(kandi.username.toUpperCase(), kandi.password)).toBe('RATE_LIMITED');
  });

  it('counts the spellings of an unknown address together', async () => {
    const unknown = `nobody.${randomUUID()}@münchen.example`;
    await byGraph(unknown, 'wrong');
    await byForm(unknown.toUpperCase(), 'wrong');
    await byGraph(unknown.replace('münchen', 'xn--mnchen-3ya'), 'wrong');
    expect(await byForm(unknown, 'wrong')).toBe('RATE_LIMITED');
  });

  it('is recorded under the name of the account', async () => {
    await byForm(address, 'wrong');
    const rows = await gatehouse.sql(`select type from audit_events where subject = '${kandi.username}'`);
    expect(rows).toContainEqual({ type: 'login.failed' });
  });
});
