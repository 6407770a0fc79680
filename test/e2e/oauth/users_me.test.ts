import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { LogoutDocument, SetUserDisabledDocument } from '../../../schema/documents.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { adminToken, createUser, type Person } from '../../support/accounts.ts';
import { sendRaw } from '../../support/raw_request.ts';

describe('GET /users/me', () => {
  let now = Date.now();
  let gatehouse: Instance;
  let kandi: Person;
  let token: string;
  beforeAll(async () => {
    gatehouse = await startInstance({ clock: () => now });
    kandi = await createUser(gatehouse, { fullName: 'Kandi Brian' });
    token = await accessToken(kandi);
  });
  afterAll(() => gatehouse.close());

  const accessToken = async ({ username, password }: Person) =>
    (await gatehouse.client.login(username, password)).accessToken;
  const setDisabled = async ({ username }: Person, disabled: boolean) =>
    gatehouse.client.send(SetUserDisabledDocument, { username, disabled }, { token: await adminToken(gatehouse) });

  /** Returns the responses of both doors to the same `Authorization` headers, sent unchanged. */
  async function ask(authorization: readonly string[], path = '/users/me') {
    const lines = authorization.map((value) => `Authorization: ${value}`);
    const rest = await sendRaw(gatehouse.url, `GET ${path}`, lines);
    const graph = await sendRaw(
      gatehouse.url,
      'POST /graphql',
      [...lines, 'Content-Type: application/json', 'Accept: application/graphql-response+json'],
      '{"query":"{ me { id username email fullName disabled role createdAt lastLoginAt } }"}',
    );
    const valueOf = (name: string) => rest.headers.filter(([header]) => header === name).map(([, value]) => value);
    return {
      status: rest.status,
      challenge: valueOf('www-authenticate'),
      cacheControl: valueOf('cache-control'),
      body: JSON.parse(rest.body),
      graph: { status: graph.status, ...JSON.parse(graph.body) },
    };
  }

  it('answers the user, as `me` does', async () => {
    const { graph, ...answer } = await ask([`Bearer ${token}`]);
    const { fullName, createdAt, lastLoginAt, ...same } = graph.data.me;
    expect(answer).toEqual({
      status: 200,
      challenge: [],
      cacheControl: ['no-store'],
      body: { ...same, full_name: fullName, created_at: createdAt, last_login_at: lastLoginAt },
    });
    expect(answer.body).toEqual({
      id: expect.stringMatching(/^[\da-f-]{36}$/),
      username: kandi.username,
      email: `${kandi.username}@example.com`,
      full_name: 'Kandi Brian',
      disabled: false,
      role: 'user',
      created_at: new Date(now).toISOString(),
      last_login_at: new Date(now).toISOString(),
    });
  });

  it.each<[string, () => string[]]>([
    ['garbage', () => ['Bearer garbage']],
    ['an empty one', () => ['Bearer ']],
    ['the scheme alone', () => ['Bearer']],
    ['no scheme', () => [token]],
    ['another scheme', () => [`Token ${token}`]],
    ['name and password', () => [`Basic ${btoa(`${kandi.username}:${kandi.password}`)}`]],
    ['a cut one', () => [`Bearer ${token.slice(0, -1)}`]],
    ['two in one header', () => [`Bearer ${token}, Bearer ${token}`]],
    ['a huge one', () => [`Bearer ${'a'.repeat(10_000)}`]],
    ['the same in two headers', () => [`Bearer ${token}`, `Bearer ${token}`]],
    ['a good one before a bad one', () => [`Bearer ${token}`, 'Bearer garbage']],
    ['a bad one before a good one', () => ['Basic garbage', `Bearer ${token}`]],
  ])('refuses %s', async (_title, authorization) => {
    await expectUnauthenticated(authorization(), 'INVALID');
  });

  it.each(['/users/me', '/users/me?access_token=TOKEN'])('asks for a token in the header: GET %s', async (path) => {
    await expectUnauthenticated([], 'MISSING', path.replace('TOKEN', token));
  });

  it('refuses an expired token', async () => {
    const expired = await accessToken(kandi);
    now += 31 * 60_000;
    await expectUnauthenticated([`Bearer ${expired}`], 'EXPIRED');
    token = await accessToken(kandi);
  });

  it('refuses a token after the logout', async () => {
    const revoked = await accessToken(kandi);
    await gatehouse.client.send(LogoutDocument, {}, { token: revoked });
    await expectUnauthenticated([`Bearer ${revoked}`], 'REVOKED');
  });

  it('refuses a disabled account, and takes the token again when it is enabled in time', async () => {
    const idle = await createUser(gatehouse);
    const bearer = [`Bearer ${await accessToken(idle)}`];
    await setDisabled(idle, true);
    expect(await ask(bearer)).toMatchObject({
      status: 400,
      challenge: [],
      body: { error: 'invalid_request', error_description: 'Inactive user', code: 'INACTIVE_USER' },
      graph: { status: 400, errors: [{ extensions: { code: 'INACTIVE_USER' } }] },
    });
    await setDisabled(idle, false);
    expect(await ask(bearer)).toMatchObject({ status: 200, body: { username: idle.username } });
  });

  async function expectUnauthenticated(authorization: string[], reason: string, path?: string) {
    expect(await ask(authorization, path)).toEqual({
      status: 401,
      // RFC 6750 section 3: a request without a token gets only the scheme.
      challenge: [reason === 'MISSING' ? 'Bearer' : 'Bearer error="invalid_token"'],
      cacheControl: ['no-store'],
      body: { error: 'invalid_token', error_description: 'Could not validate credentials' },
      graph: expect.objectContaining({
        status: 401,
        data: null,
        errors: [
          expect.objectContaining({
            message: 'Could not validate credentials',
            extensions: expect.objectContaining({ code: 'UNAUTHENTICATED', reason }),
          }),
        ],
      }),
    });
  }
});

describe('GET /.well-known/jwks.json', () => {
  /** Starts an instance and reads its keys at an address, as a resource server does. */
  async function withInstance(
    algorithm: string,
    work: (instance: Instance, keys: object[], token: string) => Promise<void>,
  ) {
    const gatehouse = await startInstance({ env: { ALGORITHM: algorithm, JWT_AUDIENCE: 'orders' } });
    try {
      const response = await fetch(`${gatehouse.url}/.well-known/jwks.json`);
      expect(response.status).toBe(200);
      const { keys, ...rest } = (await response.json()) as { keys: object[] };
      expect(rest).toEqual({});
      await work(gatehouse, keys, await adminToken(gatehouse));
    } finally {
      await gatehouse.close();
    }
  }

  it('does not show a shared secret', () =>
    withInstance('HS256', async (_gatehouse, keys, token) => {
      expect(decodeProtectedHeader(token).alg).toBe('HS256');
      expect(keys).toEqual([]);
    }));

  it.each([
    ['RS256', ['alg', 'e', 'kid', 'kty', 'n', 'use']],
    ['ES256', ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']],
    ['EdDSA', ['alg', 'crv', 'kid', 'kty', 'use', 'x']],
  ])('lets anybody verify a token of %s, and shows the public half alone', (algorithm, members) =>
    withInstance(algorithm, async ({ url, admin }, keys, token) => {
      // The signing key and the next one.
      expect(keys.map((key) => Object.keys(key).sort())).toEqual([members, members]);
      const { kid } = decodeProtectedHeader(token);
      expect(keys).toContainEqual(expect.objectContaining({ kid, alg: algorithm, use: 'sig' }));

      const jwks = createRemoteJWKSet(new URL(`${url}/.well-known/jwks.json`));
      const expected = { issuer: url, audience: 'orders', typ: 'at+jwt', algorithms: [algorithm] };
      expect((await jwtVerify(token, jwks, expected)).payload.sub).toBe(admin.username);
      const [header, payload, signature] = token.split('.');
      const forged = btoa(atob(payload!).replace('"admin"', '"root"')).replaceAll('=', '');
      await expect(jwtVerify(`${header}.${forged}.${signature}`, jwks, expected)).rejects.toThrow(
        'signature verification failed',
      );
    }),
  );
});
