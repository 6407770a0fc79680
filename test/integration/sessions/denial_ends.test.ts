import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RequestInfo } from '../../../src/kernel/request_info.ts';
import { operator } from '../../../src/cli/operator.ts';
import type { Client } from '../../../src/clients/client.entity.ts';
import { personOf } from '../../../src/application/authentication/principal.ts';
import type { SignedIn } from '../../../src/application/foundation/issue.ts';
import { createUseCases, type UseCases } from '../../../src/application/use_cases.ts';
import { OUTLIVED_SECONDS } from '../../../src/tokens/access_token.ts';
import { noteSecrets } from '../../support/log_file.ts';
import { allowAs, pkce } from '../../support/oauth_client.ts';
import { openEmbeddedServices } from '../../support/open_stores.ts';

const BROWSER: RequestInfo = { address: '192.0.2.1', userAgent: 'Firefox', requestId: 'denials' };
const REDIRECT = 'https://app.example/callback';
const PASSWORD = 'the password of the denials';
const LIFETIME = 1800;
const LEEWAY = 5;
/** The longest grace, and longer than a token outlives its end. */
const GRACE = 300;

/**
 * A denial lasts some seconds longer than the denied token. A token in these seconds cannot show when the denial ends.
 */
describe('an access token stays denied for as long as it would have counted', () => {
  let now = Math.floor(Date.now() / 1000) * 1000;
  const later = (seconds: number) => void (now += seconds * 1000);
  let services: Awaited<ReturnType<typeof openEmbeddedServices>>;
  let use: UseCases;
  let app: Client;
  let count = 0;
  beforeAll(async () => {
    services = await openEmbeddedServices(() => now, { graceSeconds: GRACE, lifetimeSeconds: 30 * 86_400 });
    use = createUseCases(services);
    noteSecrets(PASSWORD);
    const input = {
      name: 'App',
      public: true,
      redirectUris: [REDIRECT],
      grantTypes: ['authorization_code', 'refresh_token', 'password'],
      scopes: ['account'],
    };
    app = (await use.clients.create(input, operator())).client;
  });
  afterAll(() => services.close());

  const person = async () => {
    const username = `denied.${(count += 1)}`;
    await use.accounts.create(
      { username, password: PASSWORD, email: `${username}@example.com`, role: 'user' },
      operator(),
    );
    return { username, password: PASSWORD };
  };
  type Credentials = Awaited<ReturnType<typeof person>>;
  const noted = (signedIn: SignedIn) => {
    noteSecrets(signedIn.accessToken, signedIn.refreshToken);
    return signedIn;
  };
  const login = async (credentials: Credentials, client: Client | null = null) =>
    noted(await use.login(credentials, BROWSER, { client, scope: null }));
  const exchange = async (credentials: Credentials, wait = 0) => {
    const { verifier, challenge } = pkce();
    const request = { clientId: app.id, redirectUri: REDIRECT, challenge, scope: null, state: null };
    const interaction = await use.authorizations.find(use.authorizations.begin(request));
    const code = await allowAs(use, interaction, { credentials, origin: BROWSER });
    noteSecrets(code);
    later(wait);
    return noted(await use.exchangeCode({ code, redirectUri: REDIRECT, verifier, client: app }, BROWSER));
  };
  const refresh = async ({ refreshToken }: SignedIn, clientId: string | null = null) =>
    noted(await use.refresh(refreshToken, clientId, BROWSER));
  const whoIs = (token: string) =>
    use.authenticate([`Bearer ${token}`]).then(
      (caller) => personOf(caller).user.username,
      (error: Error & { reason?: string }) => error.reason ?? Promise.reject(error),
    );

  const GIVEN: Record<string, (credentials: Credentials) => Promise<SignedIn>> = {
    'a sign-in': (credentials) => login(credentials),
    'a password grant of a client': (credentials) => login(credentials, app),
    'the exchange of a code': (credentials) => exchange(credentials),
    'the exchange of a code at its last moment': (credentials) => exchange(credentials, 59),
    'a refresh': async (credentials) => {
      const first = await login(credentials);
      later(LIFETIME - 60);
      return refresh(first);
    },
    'a refresh of a client': async (credentials) => {
      const first = await exchange(credentials);
      later(LIFETIME - 60);
      return refresh(first, app.id);
    },
    'a repetition late in the grace': async (credentials) => {
      const first = await login(credentials);
      await refresh(first);
      later(GRACE - 1);
      return refresh(first);
    },
    'a repetition of a client late in the grace': async (credentials) => {
      const first = await exchange(credentials);
      await refresh(first, app.id);
      later(GRACE - 1);
      return refresh(first, app.id);
    },
  };

  const ENDINGS: Record<string, (credentials: Credentials, given: SignedIn) => Promise<unknown>> = {
    logoutEverywhere: async (credentials) => {
      const { accessToken } = await login(credentials);
      return use.logoutEverywhere(personOf(await use.authenticate([`Bearer ${accessToken}`])), BROWSER);
    },
    'logout by the refresh token': (_, { refreshToken }) => use.logout({ refreshToken, principal: null }, BROWSER),
    revokeUserSessions: ({ username }) => use.accounts.revokeSessions(username, operator()),
    setUserPassword: ({ username }) => use.accounts.setPassword(username, `${PASSWORD} again`, operator()),
    changePassword: async (credentials) => {
      const { accessToken } = await login(credentials);
      const principal = personOf(await use.authenticate([`Bearer ${accessToken}`]));
      return use.changePassword(principal, { current: PASSWORD, next: `${PASSWORD} again` }, BROWSER);
    },
  };

  it.each(Object.keys(GIVEN).flatMap((given) => Object.keys(ENDINGS).map((ending) => [given, ending] as const)))(
    'given by %s, ended by %s',
    async (given, ending) => {
      const credentials = await person();
      const signedIn = await GIVEN[given]!(credentials);
      const end = now + signedIn.expiresIn * 1000;
      expect(signedIn.expiresIn).toBe(LIFETIME);
      // After the consent, and after the slack of a denial that ended with it.
      later(200);
      expect(await whoIs(signedIn.accessToken)).toBe(credentials.username);
      await ENDINGS[ending]!(credentials, signedIn);
      expect(await whoIs(signedIn.accessToken)).toBe('REVOKED');
      later(OUTLIVED_SECONDS + 1);
      expect(await whoIs(signedIn.accessToken)).toBe('REVOKED');
      now = end + (LEEWAY - 1) * 1000;
      expect(await whoIs(signedIn.accessToken)).toBe('REVOKED');
      now = end + LEEWAY * 1000;
      expect(await whoIs(signedIn.accessToken)).toBe('EXPIRED');
    },
  );

  // A program's own token has no session to end, so only its client's denial applies. A request that was accepted
  // before the removal signs its token a moment later.
  it.each([-60, 0, 59])('given to a program %d seconds after its removal', async (after) => {
    const input = { name: 'Program', public: false, redirectUris: [], grantTypes: ['client_credentials'] };
    const { client: program, secret } = await use.clients.create({ ...input, scopes: ['users:read'] }, operator());
    noteSecrets(secret);
    const given = async () => {
      const { accessToken, expiresIn } = await use.clientToken(program, null);
      noteSecrets(accessToken);
      expect(expiresIn).toBe(LIFETIME);
      return { accessToken, end: now + LIFETIME * 1000 };
    };
    const early = after < 0 ? await given() : undefined;
    later(Math.max(0, -after));
    expect(await use.clients.remove(program.id, operator())).toBe(true);
    later(Math.max(0, after));
    const { accessToken, end } = early ?? (await given());
    for (const at of [now, now + (OUTLIVED_SECONDS + 1) * 1000, end + (LEEWAY - 1) * 1000]) {
      now = at;
      expect(await whoIs(accessToken)).toBe('REVOKED');
    }
    now = end + LEEWAY * 1000;
    expect(await whoIs(accessToken)).toBe('EXPIRED');
  });
});
