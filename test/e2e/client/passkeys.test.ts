import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { type AuthClient, type AuthClientOptions, createAuthClient } from '../../../packages/client/src/index.ts';
import { createUser } from '../../support/accounts.ts';
import { createAuthenticator } from '../../support/authenticator.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { enterPasskeyPlatform, type PasskeyPlatform } from '../../support/passkey_platform.ts';
import { passkeysOf } from '../../support/passkeys.ts';

let gatehouse: Instance;
let platform: PasskeyPlatform | undefined;
const opened: AuthClient[] = [];
beforeAll(async () => {
  gatehouse = await startInstance({ env: { LOGIN_LIMIT_PER_IP: '100000' } });
});
afterEach(() => {
  opened.splice(0).forEach((auth) => auth.close());
  platform?.leave();
  platform = undefined;
});
afterAll(() => gatehouse.close());

/** Opens a client in a browser with an authenticator of its own. */
function open(options: Partial<AuthClientOptions> = {}): AuthClient {
  platform ??= enterPasskeyPlatform(createAuthenticator(), passkeysOf(gatehouse).origin);
  const auth = createAuthClient({ url: gatehouse.url, ...options });
  opened.push(auth);
  return auth;
}

describe('a passkey of the kit', () => {
  it('is added, signs in without a name, and keeps the session like a password', async () => {
    const kandi = await createUser(gatehouse);
    const auth = open();
    await auth.login(kandi);
    expect(await auth.passkeys.add('Laptop')).toEqual({ id: expect.any(String), name: 'Laptop' });
    await auth.logout();
    await auth.passkeys.login({ autofill: true });
    expect(auth.user?.username).toBe(kandi.username);
    expect(decodeJwt((await auth.getAccessToken({ force: true }))!)).toMatchObject({ acr: 'urn:gatehouse:acr:2' });
    expect(platform!.dialogs).toEqual([
      { kind: 'create', mediation: undefined },
      { kind: 'get', mediation: 'conditional' },
    ]);
    expect((await auth.fetch('/users/me')).status).toBe(200);
  });

  it('is a second factor', async () => {
    const kandi = await createUser(gatehouse);
    const methods: unknown[] = [];
    const auth = open({ onSecondFactor: (question) => (methods.push(question.methods), { passkey: true }) });
    await auth.login(kandi);
    await auth.passkeys.add('Laptop');
    await auth.logout();
    await auth.login(kandi);
    expect([auth.state, methods]).toEqual(['signed-in', [['PASSKEY']]]);
  });

  it('is not added twice on one device, nor without a name', async () => {
    const auth = open();
    await auth.login(await createUser(gatehouse));
    await expect(auth.passkeys.add('')).rejects.toMatchObject({ code: 'BAD_USER_INPUT', fields: [{ field: 'name' }] });
    expect(auth.passkeys.isSupported).toBe(true);
  });

  it('fails in a program, which has none', async () => {
    const auth = createAuthClient({ url: gatehouse.url });
    opened.push(auth);
    expect(auth.passkeys.isSupported).toBe(false);
    await expect(auth.passkeys.login()).rejects.toMatchObject({ code: 'PASSKEY_FAILED' });
  });
});
