import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as client from 'openid-client';
import { type Instance, startInstance } from '../support/instance.ts';
import { noteSecrets } from '../support/log_file.ts';
import { createUser, type Person } from '../support/people.ts';

describe('OAuth2 clients that others wrote', () => {
  let gatehouse: Instance;
  let kandi: Person;
  beforeAll(async () => {
    gatehouse = await startInstance();
    kandi = await createUser(gatehouse);
  });
  afterAll(() => gatehouse.close());

  const readMe = async (accessToken: string) => {
    const response = await fetch(`${gatehouse.url}/users/me`, { headers: { authorization: `Bearer ${accessToken}` } });
    return { status: response.status, body: await response.json() };
  };

  describe('openid-client', () => {
    let config: client.Configuration;
    beforeAll(() => {
      const server = { issuer: gatehouse.url, token_endpoint: `${gatehouse.url}/token` };
      config = new client.Configuration(server, 'any-client-id', undefined, client.None());
      client.allowInsecureRequests(config);
    });

    const signIn = async (password = kandi.password) => {
      const tokens = await client.genericGrantRequest(config, 'password', { username: kandi.username, password });
      noteSecrets(tokens.access_token, tokens.refresh_token);
      return tokens;
    };
    const caught = (grant: Promise<unknown>) => grant.then(() => undefined).catch((error: unknown) => error);

    it('signs in with a password, refreshes, and uses what it got', async () => {
      const first = await signIn();
      expect(first.expiresIn()).toBeGreaterThan(1790);
      expect(await readMe(first.access_token)).toMatchObject({ status: 200, body: { username: kandi.username } });

      const second = await client.refreshTokenGrant(config, first.refresh_token!);
      noteSecrets(second.access_token, second.refresh_token);
      expect(second.refresh_token).not.toBe(first.refresh_token);
      expect(await readMe(second.access_token)).toMatchObject({ status: 200, body: { username: kandi.username } });

      const me = new URL(`${gatehouse.url}/users/me`);
      const resource = await client.fetchProtectedResource(config, second.access_token, me, 'GET');
      expect(await resource.json()).toMatchObject({ username: kandi.username, role: 'user' });
    });

    it('understands a wrong password', async () => {
      const error = await caught(signIn('not the password'));
      expect(error).toBeInstanceOf(client.ResponseBodyError);
      expect(error).toMatchObject({
        status: 400,
        error: 'invalid_grant',
        error_description: 'Incorrect username or password',
      });
    });

    it('understands a refresh token that is none', async () => {
      const error = await caught(client.refreshTokenGrant(config, 'garbage'));
      expect(error).toBeInstanceOf(client.ResponseBodyError);
      expect(error).toMatchObject({ status: 400, error: 'invalid_grant' });
    });

    it('understands the challenge of a bad token', async () => {
      const me = new URL(`${gatehouse.url}/users/me`);
      const error = await caught(client.fetchProtectedResource(config, 'garbage', me, 'GET'));
      expect(error).toBeInstanceOf(client.WWWAuthenticateChallengeError);
      expect(error).toMatchObject({
        status: 401,
        cause: [{ scheme: 'bearer', parameters: { error: 'invalid_token' } }],
      });
    });
  });

  it('curl, as the tutorial calls it', async () => {
    // curl -X POST /token -d "username=…&password=…", which encodes nothing and sends these headers.
    const response = await fetch(`${gatehouse.url}/token`, {
      method: 'POST',
      headers: { accept: '*/*', 'user-agent': 'curl/8.5.0', 'content-type': 'application/x-www-form-urlencoded' },
      body: `username=${kandi.username}&password=${kandi.password}`,
    });
    expect(response.status).toBe(200);
    const tokens = (await response.json()) as { access_token: string; refresh_token: string; token_type: string };
    noteSecrets(tokens.access_token, tokens.refresh_token);
    expect(tokens).toMatchObject({ access_token: expect.any(String), token_type: 'bearer' });
    expect(await readMe(tokens.access_token)).toMatchObject({ status: 200, body: { username: kandi.username } });
  });
});
