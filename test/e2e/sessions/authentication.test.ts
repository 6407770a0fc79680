import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createUser, type Person } from '../../support/accounts.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { type BrowserOf, createBrowserOf, exchange, pkce, registerClient } from '../../support/oauth_client.ts';

describe('the authentication of a session', () => {
  let now = Date.now();
  let gatehouse: Instance;
  let browser: BrowserOf;
  let kandi: Person;
  beforeAll(async () => {
    gatehouse = await startInstance({ clock: () => now });
    browser = createBrowserOf(gatehouse);
  });
  beforeAll(async () => {
    kandi = await createUser(gatehouse);
  });
  afterAll(() => gatehouse.close());

  /** Returns the rows of the person's sessions, the newest first. */
  async function sessions() {
    const rows = await gatehouse.sql(
      `select s.authenticated_at, s.created_at, s.amr, s.acr from sessions s join users u on u.id = s.user_id
       where u.username = '${kandi.username}' order by s.created_at desc, s.last_used_at desc`,
    );
    return rows.map((row) => ({
      authenticatedAt: new Date(row['authenticated_at'] as string).getTime(),
      createdAt: new Date(row['created_at'] as string).getTime(),
      amr: row['amr'],
      acr: row['acr'],
    }));
  }

  it('is a password, at the time of the login, and stays the same over a refresh', async () => {
    const { refreshToken } = await gatehouse.client.login(kandi.username, kandi.password);
    const [opened] = await sessions();
    expect(opened).toEqual({ authenticatedAt: opened!.createdAt, createdAt: opened!.createdAt, amr: 'pwd', acr: 1 });

    now += 60_000;
    const { data } = await gatehouse.client.refresh(refreshToken);
    expect(data!.refresh.accessToken).toEqual(expect.any(String));
    expect((await sessions())[0]).toEqual(opened);
  });

  it('is of the sign-in, not of the consent, for a session that a code opens', async () => {
    const app = await registerClient(gatehouse);
    const { verifier, challenge } = pkce();
    const page = await browser.open(browser.parametersOf(app, challenge));
    const signedInAt = now;
    const { page: consent } = await browser.signIn(page, kandi);
    now += 30_000;
    const { sent } = await browser.send(consent!, { decision: 'allow' });
    const { status } = await exchange(gatehouse, app, { code: sent!.get('code')!, verifier });
    expect(status).toBe(200);

    const [session] = await sessions();
    expect(session).toEqual({ authenticatedAt: signedInAt, createdAt: signedInAt + 30_000, amr: 'pwd', acr: 1 });
  });
});
