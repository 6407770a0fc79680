import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Instance, startInstance } from '../../support/instance.ts';
import {
  basic,
  type BrowserOf,
  createBrowserOf,
  pkce,
  type Registered,
  registerClient,
} from '../../support/oauth_client.ts';
import { createUser, type Person } from '../../support/accounts.ts';

/** Parameters without a value count as absent (RFC 6749, section 3.1). */
const LEFT_OUT = { code_challenge: '', code_challenge_method: '' };

describe('a confidential client that is registered to go without PKCE', () => {
  let gatehouse: Instance;
  let browser: BrowserOf;
  let app: Registered;
  let strict: Registered;
  let kandi: Person;
  beforeAll(async () => {
    gatehouse = await startInstance();
    browser = createBrowserOf(gatehouse);
    app = await registerClient(gatehouse, { pkce: false });
    strict = await registerClient(gatehouse);
    kandi = await createUser(gatehouse);
  });
  afterAll(() => gatehouse.close());

  const exchange = (client: Registered, fields: Record<string, string>, headers = basic(client)) =>
    gatehouse.client.form('/token', { grant_type: 'authorization_code', ...fields }, headers);
  const faultOf = async (query: Record<string, string>) => {
    const { sent } = await browser.visit(query);
    return `${sent?.get('error')}: ${sent?.get('error_description')}`;
  };

  it('gets tokens for a code, its state and its secret', async () => {
    const { code, answer } = await browser.allow(app, kandi, LEFT_OUT);
    expect(answer.sent?.get('state')).toBe('the state');
    const { status, body } = await exchange(app, { code, redirect_uri: app.redirectUri });
    expect(status).toBe(200);
    const { data } = await gatehouse.client.me(body.access_token);
    expect(data?.me.username).toBe(kandi.username);
    // A second use is theft, as with PKCE.
    expect((await exchange(app, { code, redirect_uri: app.redirectUri })).body.error).toBe('invalid_grant');
    expect((await gatehouse.client.me(body.access_token)).refusal).toBe('UNAUTHENTICATED/REVOKED');
  });

  it('may use PKCE, and then has to show the verifier', async () => {
    const first = await browser.allow(app, kandi);
    expect((await exchange(app, { code: first.code, code_verifier: first.verifier })).status).toBe(200);
    const second = await browser.allow(app, kandi);
    expect((await exchange(app, { code: second.code })).body.error).toBe('invalid_grant');
    // The wrong exchange used up the code.
    expect((await exchange(app, { code: second.code, code_verifier: second.verifier })).body.error).toBe(
      'invalid_grant',
    );
  });

  it('gets nothing for a verifier where the challenge was taken off on the way', async () => {
    const { code } = await browser.allow(app, kandi, LEFT_OUT);
    const { body } = await exchange(app, { code, code_verifier: pkce().verifier });
    expect(body.error).toBe('invalid_grant');
  });

  it.each<[string, Record<string, string>]>([
    ['with another secret', { secret: 'x'.repeat(43) }],
    ['by another client', {}],
  ])('gets nothing for a code %s', async (_title, wrong) => {
    const { code } = await browser.allow(app, kandi, LEFT_OUT);
    const by = 'secret' in wrong ? { ...app, ...wrong } : strict;
    const { body } = await exchange(by, { code, code_verifier: pkce().verifier });
    expect(['invalid_client', 'invalid_grant']).toContain(body.error);
  });

  it('has to send a state', async () => {
    const query = browser.parametersOf(app, '', { ...LEFT_OUT, state: '' });
    expect(await faultOf(query)).toBe('invalid_request: The state is missing, and PKCE is not used');
  });

  it('has to do PKCE as everybody does where it begins it', async () => {
    const { challenge } = pkce();
    expect(await faultOf(browser.parametersOf(app, challenge, { code_challenge_method: '' }))).toContain(
      'invalid_request',
    );
    expect(await faultOf(browser.parametersOf(app, '', {}))).toContain('invalid_request');
  });

  it('is the only one that may: others see an error', async () => {
    expect(await faultOf(browser.parametersOf(strict, '', LEFT_OUT))).toContain('invalid_request');
    await expect(registerClient(gatehouse, { public: true, pkce: false })).rejects.toThrow(
      '"field":"pkce","code":"REQUIRED_WITH"',
    );
  });
});
