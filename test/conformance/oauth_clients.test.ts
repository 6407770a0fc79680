import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as client from 'openid-client';
import { type Instance, startInstance } from '../support/instance.ts';
import { noteSecrets } from '../support/log_file.ts';
import { CALLBACK, createBrowserOf, registerClient, type Registered } from '../support/oauth_client.ts';
import { createUser, type Person } from '../support/accounts.ts';

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
    /** It knows of the server only what it discovers (RFC 8414). */
    const discover = ({ id, secret }: Registered, authentication: client.ClientAuth) =>
      client.discovery(new URL(gatehouse.url), id, secret ?? undefined, authentication, {
        algorithm: 'oauth2',
        execute: [client.allowInsecureRequests],
      });
    const note = <T extends client.TokenEndpointResponse>(tokens: T): T => {
      noteSecrets(tokens.access_token, tokens.refresh_token);
      return tokens;
    };
    const caught = (grant: Promise<unknown>) => grant.then(() => undefined).catch((error: unknown) => error);

    describe('with a password', () => {
      let config: client.Configuration;
      beforeAll(async () => {
        const app = await registerClient(gatehouse, { public: true, grantTypes: ['password', 'refresh_token'] });
        config = await discover(app, client.None());
      });

      const signIn = async (password = kandi.password) =>
        note(await client.genericGrantRequest(config, 'password', { username: kandi.username, password }));

      it('signs in, refreshes, and uses what it got', async () => {
        const first = await signIn();
        expect(first.expiresIn()).toBeGreaterThan(1790);
        expect(await readMe(first.access_token)).toMatchObject({ status: 200, body: { username: kandi.username } });

        const second = note(await client.refreshTokenGrant(config, first.refresh_token!));
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

    describe('with a code', () => {
      /** The whole way, as the library's own documentation goes it. */
      async function signIn(config: client.Configuration) {
        const verifier = client.randomPKCECodeVerifier();
        const state = client.randomState();
        noteSecrets(verifier);
        const url = client.buildAuthorizationUrl(config, {
          redirect_uri: CALLBACK,
          scope: 'account',
          code_challenge: await client.calculatePKCECodeChallenge(verifier),
          code_challenge_method: 'S256',
          state,
        });
        expect(url.href.startsWith(`${gatehouse.url}/authorize?`)).toBe(true);
        const browser = createBrowserOf(gatehouse);
        const page = await browser.open(Object.fromEntries(url.searchParams));
        const { location } = await browser.submit(page, { ...kandi });
        // It checks `state`, and `iss` since discovery promises it (RFC 9207).
        return note(
          await client.authorizationCodeGrant(config, new URL(location!), {
            pkceCodeVerifier: verifier,
            expectedState: state,
          }),
        );
      }

      it.each<[string, boolean, (secret: string | null) => client.ClientAuth]>([
        ['client_secret_basic', false, (secret) => client.ClientSecretBasic(secret!)],
        ['client_secret_post', false, (secret) => client.ClientSecretPost(secret!)],
        ['none', true, () => client.None()],
      ])('and %s signs in, refreshes and revokes', async (_method, isPublic, authenticate) => {
        const app = await registerClient(gatehouse, { public: isPublic });
        const config = await discover(app, authenticate(app.secret));
        const first = await signIn(config);
        expect(first.scope).toBe('account');
        expect(await readMe(first.access_token)).toMatchObject({ status: 200, body: { username: kandi.username } });

        const second = note(await client.refreshTokenGrant(config, first.refresh_token!));
        await client.tokenRevocation(config, second.access_token);
        expect((await readMe(second.access_token)).status).toBe(401);
        expect((await readMe(first.access_token)).status).toBe(200);

        await client.tokenRevocation(config, second.refresh_token!);
        expect((await readMe(first.access_token)).status).toBe(401);
        const error = await caught(client.refreshTokenGrant(config, second.refresh_token!));
        expect(error).toMatchObject({ status: 400, error: 'invalid_grant' });
      });

      it('understands that the person said no', async () => {
        const app = await registerClient(gatehouse, { public: true });
        const config = await discover(app, client.None());
        const verifier = client.randomPKCECodeVerifier();
        const challenge = await client.calculatePKCECodeChallenge(verifier);
        const browser = createBrowserOf(gatehouse);
        const page = await browser.open(browser.parametersOf(app, challenge));
        const { location } = await browser.send(page, { decision: 'deny' });
        const error = await caught(
          client.authorizationCodeGrant(config, new URL(location!), {
            pkceCodeVerifier: verifier,
            expectedState: 'the state',
          }),
        );
        expect(error).toBeInstanceOf(client.AuthorizationResponseError);
        expect(error).toMatchObject({ error: 'access_denied' });
      });

      it('and introspection: a resource server asks what a token is worth', async () => {
        const app = await registerClient(gatehouse, { public: true });
        const tokens = await signIn(await discover(app, client.None()));
        const api = await registerClient(gatehouse, { grantTypes: ['client_credentials'], scopes: [] });
        const config = await discover(api, client.ClientSecretBasic(api.secret!));
        expect(await client.tokenIntrospection(config, tokens.access_token)).toMatchObject({
          active: true,
          username: kandi.username,
          client_id: app.id,
          scope: 'account',
          token_type: 'bearer',
          iss: gatehouse.url,
        });
        expect(await client.tokenIntrospection(config, tokens.refresh_token!)).toEqual({ active: false });
      });
    });

    it('without a person: a token of its own', async () => {
      const machine = await registerClient(gatehouse, { grantTypes: ['client_credentials'], scopes: ['reports'] });
      const config = await discover(machine, client.ClientSecretPost(machine.secret!));
      const tokens = note(await client.clientCredentialsGrant(config, { scope: 'reports' }));
      expect(tokens.refresh_token).toBeUndefined();
      expect(await client.tokenIntrospection(config, tokens.access_token)).toMatchObject({
        active: true,
        sub: `client:${machine.id}`,
        scope: 'reports',
      });
    });

    it('understands a wrong secret', async () => {
      const machine = await registerClient(gatehouse, { grantTypes: ['client_credentials'] });
      const config = await discover(machine, client.ClientSecretBasic('another secret than its own'));
      const error = await caught(client.clientCredentialsGrant(config));
      expect(error).toBeInstanceOf(client.WWWAuthenticateChallengeError);
      expect(error).toMatchObject({ status: 401, cause: [{ scheme: 'basic', parameters: { realm: 'gatehouse' } }] });
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
