import { describe, expect, it } from '@jest/globals';
import type { Client } from '../../src/clients/client.entity.ts';
import { readDestination, readRequest } from '../../src/oauth/authorization_request.ts';
import { createClientAuthentication } from '../../src/oauth/client_authentication.ts';
import { readParameters } from '../../src/oauth/parameters.ts';

const codeOf = async (work: () => unknown): Promise<unknown> => {
  try {
    return await work();
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('a parameter', () => {
  it.each<[string, unknown, string | undefined]>([
    ['is what was sent', { state: 'x' }, 'x'],
    ['may have blanks around it', { state: ' x ' }, ' x '],
    ['is missing', {}, undefined],
    ['is empty, which counts as missing', { state: '' }, undefined],
    ['is null, which counts as missing', { state: null }, undefined],
    ['is missing from a body that is not an object', 'state=x', undefined],
    ['is missing without a body', undefined, undefined],
    ['is missing from null', null, undefined],
    ['is a number', { state: 7 }, 'invalid_request'],
    ['is false', { state: false }, 'invalid_request'],
    ['is an object', { state: {} }, 'invalid_request'],
    ['comes twice', { state: ['x', 'y'] }, 'invalid_request'],
    ['comes with another that is repeated', { state: 'x', scope: ['x'] }, 'invalid_request'],
  ])('%s', async (_what, body, expected) => {
    expect(await codeOf(() => readParameters(body).optional('state'))).toBe(expected);
    expect(await codeOf(() => readParameters(body).required('state'))).toBe(expected ?? 'invalid_request');
  });
});

describe('a client authenticates', () => {
  const client = { id: 'app' } as Client;
  const prove = async (id: string, secret: string | null) => {
    const isGood = id === 'app' && (secret === 'a:secret' || secret === null);
    return isGood ? client : null;
  };
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
  const proof = (authorization: string[], body: object = {}) =>
    codeOf(() => createClientAuthentication({ prove })(authorization, readParameters(body)));

  it.each<[string, string[], object]>([
    ['by Basic', [basic('app:a%3Asecret')], {}],
    ['by Basic in any case', [basic('app:a:secret').replace('Basic', 'bASIC')], {}],
    ['by Basic, and names itself', [basic('app:a:secret')], { client_id: 'app' }],
    ['by Basic without a secret', [basic('app:')], {}],
    ['by its form', [], { client_id: 'app', client_secret: 'a:secret' }],
    ['by its form without a secret', [], { client_id: 'app' }],
    ['by its form, beside a header of another scheme', ['Bearer x'], { client_id: 'app', client_secret: 'a:secret' }],
  ])('%s', async (_how, authorization, body) => {
    expect(await proof(authorization, body)).toBe(client);
  });

  it.each<[string, string[], object]>([
    ['nothing', [], {}],
    ['another scheme', ['Bearer x'], {}],
    ['Basic of nothing, in two parts', [basic(':')], {}],
  ])('or is missing, with %s', async (_what, authorization, body) => {
    expect(await proof(authorization, body)).toBeNull();
  });

  it.each<[string, string, string[], object]>([
    ['two headers', 'invalid_request', [basic('app:a:secret'), basic('app:a:secret')], {}],
    ['Basic and a secret in the form', 'invalid_request', [basic('app:a:secret')], { client_secret: 'a:secret' }],
    ['Basic and another name', 'invalid_request', [basic('app:a:secret')], { client_id: 'other' }],
    ['a secret of nobody', 'invalid_request', [], { client_secret: 'a:secret' }],
    ['another secret', 'invalid_client', [basic('app:another')], {}],
    ['another secret in the form', 'invalid_client', [], { client_id: 'app', client_secret: 'another' }],
    ['another name', 'invalid_client', [basic('other:a:secret')], {}],
    ['a secret without an id', 'invalid_client', [basic(':a:secret')], {}],
    ['Basic without a colon', 'invalid_client', [basic('app')], {}],
    ['Basic without anything', 'invalid_client', ['Basic'], {}],
    ['Basic that is no base64', 'invalid_client', [`${basic('app:a:secret')}!`], {}],
    [
      'Basic in the alphabet of URLs',
      'invalid_client',
      [`Basic ${Buffer.from('app:a:secret??>').toString('base64url')}_`],
      {},
    ],
    ['Basic with something before it', 'invalid_client', [`Basic !${basic('app:a:secret').slice(6)}`], {}],
    ['bytes that are not text', 'invalid_client', [`Basic ${Buffer.from([97, 58, 0xff]).toString('base64')}`], {}],
    ['half an escape', 'invalid_client', [basic('app:a%3')], {}],
  ])('not with %s: %s', async (_what, code, authorization, body) => {
    expect(await proof(authorization, body)).toBe(code);
  });
});

describe('an authorization request', () => {
  const client = {
    id: 'app',
    redirectUris: ['https://app.example/'],
    grantTypes: ['authorization_code'],
    scopes: ['account', 'orders:read'],
  } as unknown as Client;
  const GOOD = {
    client_id: 'app',
    redirect_uri: 'https://app.example/',
    response_type: 'code',
    code_challenge: 'a'.repeat(43),
    code_challenge_method: 'S256',
  };
  const find = async (id: string) => (id === 'app' ? client : null);
  const read = (more: object, by = client) =>
    codeOf(async () => {
      const parameters = readParameters({ ...GOOD, ...more });
      return readRequest(parameters, { ...(await readDestination(find, parameters)), client: by });
    });
  const expected = { clientId: 'app', redirectUri: GOOD.redirect_uri, challenge: GOOD.code_challenge };

  it.each<[string, object, object]>([
    ['with the required parameters', {}, { scope: null, state: null }],
    ['without the redirect URI, if only one is registered', { redirect_uri: '' }, { scope: null, state: null }],
    ['with a state of 2000 characters', { state: 'x'.repeat(2000) }, { scope: null, state: 'x'.repeat(2000) }],
    ['with scopes, each once', { scope: 'account account orders:read' }, { scope: 'account orders:read', state: null }],
    ['with a response mode', { response_mode: 'query' }, { scope: null, state: null }],
  ])('is accepted %s', async (_what, more, rest) => {
    expect(await read(more)).toEqual({ ...expected, ...rest });
  });

  it.each<[string, string, object]>([
    ['no client', 'invalid_request', { client_id: '' }],
    ['an unknown client', 'invalid_request', { client_id: 'other' }],
    ['a secret', 'invalid_request', { client_secret: 'x' }],
    ['another redirect URI', 'invalid_request', { redirect_uri: 'https://app.example/x' }],
    ['no response type', 'invalid_request', { response_type: '' }],
    ['another response type', 'unsupported_response_type', { response_type: 'token' }],
    ['another response mode', 'invalid_request', { response_mode: 'fragment' }],
    ['a state of 2001 characters', 'invalid_request', { state: 'x'.repeat(2001) }],
    ['no challenge method, which means plain', 'invalid_request', { code_challenge_method: '' }],
    ['the challenge method plain', 'invalid_request', { code_challenge_method: 'plain' }],
    ['no challenge', 'invalid_request', { code_challenge: '' }],
    ['a challenge of 42 characters', 'invalid_request', { code_challenge: 'a'.repeat(42) }],
    ['a challenge of 44 characters', 'invalid_request', { code_challenge: 'a'.repeat(44) }],
    ['a challenge with padding', 'invalid_request', { code_challenge: `${'a'.repeat(42)}=` }],
    ['a scope beyond those of the client', 'invalid_scope', { scope: 'account users:read' }],
    ['all scopes', 'invalid_scope', { scope: '*' }],
  ])('is refused with %s: %s', async (_what, code, more) => {
    expect(await read(more)).toBe(code);
  });

  it('is refused to a client that is registered for other grants', async () => {
    expect(await read({}, { ...client, grantTypes: ['password'] })).toBe('unauthorized_client');
  });
});
