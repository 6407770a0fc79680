import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from '../../../src/clients/client.entity.ts';
import { createClientAuthentication } from '../../../src/oauth/client_authentication.ts';
import { OAuthError } from '../../../src/oauth/errors.ts';
import { readParameters } from '../../../src/oauth/parameters.ts';
import type { FormAnswer } from '../../support/http_client.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { noteSecrets } from '../../support/log_file.ts';
import { basic, registerClient, type Registered } from '../../support/oauth_client.ts';
import { sendRaw } from '../../support/raw_request.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const INVALID_CLIENT = { error: 'invalid_client', error_description: 'Client authentication failed' };

describe('a client proves itself', () => {
  let gatehouse: Instance;
  let app: Registered;
  let phone: Registered;
  beforeAll(async () => {
    gatehouse = await startInstance();
    app = await registerClient(gatehouse, { grantTypes: ['client_credentials'] });
    phone = await registerClient(gatehouse, { public: true, grantTypes: ['password'] });
  });
  afterAll(() => gatehouse.close());

  const ask = (headers: Record<string, string>, fields: Record<string, string> = {}): Promise<FormAnswer> =>
    gatehouse.client.form('/token', { grant_type: 'client_credentials', ...fields }, headers);

  it.each<[string, (app: Registered) => [Record<string, string>, Record<string, string>?]]>([
    ['by its header', (app) => [basic(app)]],
    [
      'by a header in capitals, with blanks',
      (app) => [{ authorization: `BASIC   ${basic(app)['authorization']!.slice(6)}  ` }],
    ],
    [
      'by a header that encodes every character (RFC 6749 appendix B)',
      ({ id, secret }) => {
        const encode = (text: string) => [...text].map((c) => `%${c.charCodeAt(0).toString(16)}`).join('');
        return [{ authorization: `Basic ${base64(`${encode(id)}:${encode(secret!)}`)}` }];
      },
    ],
    ['by its header, named once more in the form', (app) => [basic(app), { client_id: app.id }]],
    ['by its header, beside an empty secret', (app) => [basic(app), { client_secret: '' }]],
    ['by the form', ({ id, secret }) => [{}, { client_id: id, client_secret: secret! }]],
    [
      'by the form, beside a header of another scheme',
      ({ id, secret }) => [{ authorization: 'Bearer x' }, { client_id: id, client_secret: secret! }],
    ],
  ])('%s', async (_title, present) => {
    expect((await ask(...present(app))).status).toBe(200);
  });

  it.each<[string, (app: Registered) => [Record<string, string>, Record<string, string>?]]>([
    ['a wrong secret in the header', ({ id }) => [basic({ id, secret: 'a guess of mine' })]],
    ['a wrong secret in the form', ({ id }) => [{}, { client_id: id, client_secret: 'a guess of mine' }]],
    ['no secret in the header', ({ id }) => [basic({ id, secret: '' })]],
    ['no secret in the form', ({ id }) => [{}, { client_id: id }]],
    ['an empty secret in the form', ({ id }) => [{}, { client_id: id, client_secret: '' }]],
    ['the secret in another case', ({ id, secret }) => [basic({ id, secret: swapCase(secret!) })]],
    ['the secret with more behind it', ({ id, secret }) => [basic({ id, secret: `${secret}A` })]],
    ['the id in another case', ({ id, secret }) => [basic({ id: id.toUpperCase(), secret })]],
    ['an id of NUL', ({ secret }) => [basic({ id: '\0', secret })]],
    ['an id of every object', ({ secret }) => [basic({ id: '__proto__', secret })]],
    ['no id in the header', ({ secret }) => [basic({ id: '', secret })]],
    ['no header but its scheme', () => [{ authorization: 'Basic' }]],
    ['a header without a colon', ({ id }) => [{ authorization: `Basic ${base64(id)}` }]],
    ['a header that is no base64', ({ id }) => [{ authorization: `Basic ${id}:*` }]],
    ['a header of two words', (app) => [{ authorization: `${basic(app)['authorization']} x` }]],
    [
      'a header that is no UTF-8',
      () => [{ authorization: `Basic ${Buffer.from([0xff, 0x3a, 0xff]).toString('base64')}` }],
    ],
    ['a header with a broken escape', ({ id }) => [{ authorization: `Basic ${base64(`${id}:%zz`)}` }]],
    ['nothing at all', () => [{}]],
    ["another client's secret", ({ secret }) => [{}, { client_id: phone.id, client_secret: secret! }]],
  ])('not by %s', async (_title, present) => {
    const { status, headers, body } = await ask(...present(app));
    expect({ status, body }).toEqual({ status: 401, body: INVALID_CLIENT });
    // RFC 6749 section 5.2.
    expect(headers.get('www-authenticate')).toBe('Basic realm="gatehouse"');
    expect(headers.get('cache-control')).toBe('no-store');
  });

  // RFC 6749, section 2.3: one method per request.
  it.each<[string, (app: Registered) => Record<string, string>]>([
    ['the same', ({ id, secret }) => ({ client_id: id, client_secret: secret! })],
    ['without the id', ({ secret }) => ({ client_secret: secret! })],
    ["another client's", () => ({ client_id: phone.id })],
    ['wrong', ({ id }) => ({ client_id: id, client_secret: 'a guess of mine' })],
  ])('not in two ways at once: %s in the form', async (_title, fields) => {
    expect(await ask(basic(app), fields(app))).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
  });

  it('not with a secret of no client', async () => {
    const answer = await ask({}, { client_secret: app.secret! });
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
  });

  it('not by two headers, of which a proxy may have read the other', async () => {
    const headers = [app, { ...app, secret: 'a guess of mine' }].map(
      (shown) => `Authorization: ${basic(shown)['authorization']}`,
    );
    for (const lines of [headers, headers.toReversed()]) {
      const { status, body } = await sendRaw(
        gatehouse.url,
        'POST /token',
        ['Content-Type: application/x-www-form-urlencoded', ...lines],
        'grant_type=client_credentials',
      );
      expect({ status, error: JSON.parse(body).error }).toEqual({ status: 400, error: 'invalid_request' });
    }
  });

  // RFC 6749, section 2.3.1: URLs appear in logs and histories, so even a right secret is refused.
  it.each(['/token', '/revoke', '/introspect'])('not in the URL of %s, right as it is', async (path) => {
    const query = new URLSearchParams({ client_id: app.id, client_secret: app.secret! }).toString();
    const answer = await gatehouse.client.form(`${path}?${query}`, { grant_type: 'client_credentials', token: 'x' });
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    expect(answer.body.error_description).toMatch(/URL/);
  });

  it('not in the URL that a browser is sent with', async () => {
    const code = await registerClient(gatehouse);
    const query = new URLSearchParams({
      client_id: code.id,
      redirect_uri: code.redirectUri,
      client_secret: code.secret!,
    });
    const answer = await fetch(`${gatehouse.url}/authorize?${query.toString()}`, { redirect: 'manual' });
    expect({ status: answer.status, location: answer.headers.get('location') }).toEqual({
      status: 400,
      location: null,
    });
  });

  it('a public one by having no secret, and by no other', async () => {
    const { username, password } = gatehouse.admin;
    const fields = { grant_type: 'password', username, password, client_id: phone.id };
    expect((await gatehouse.client.form('/token', fields)).status).toBe(200);
    const shown = await gatehouse.client.form('/token', { ...fields, client_secret: 'a guess of mine' });
    expect(shown).toMatchObject({ status: 401, body: INVALID_CLIENT });
  });

  it('in a time that grows with the header, and not with its square', async () => {
    const read = createClientAuthentication({ prove: async (): Promise<Client | null> => null });
    const header = `Basic a${' '.repeat(15_000)}b`;
    const started = performance.now();
    for (let time = 0; time < 30; time += 1) {
      await expect(read([header], readParameters({}))).rejects.toBeInstanceOf(OAuthError);
    }
    // Quadratic time would take two seconds or more.
    expect(performance.now() - started).toBeLessThan(500);
  });
});

function swapCase(secret: string): string {
  const swapped = secret.replace(/[A-Za-z]/g, (c) => (c === c.toUpperCase() ? c.toLowerCase() : c.toUpperCase()));
  noteSecrets(swapped);
  return swapped;
}
