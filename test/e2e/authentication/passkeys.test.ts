import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import {
  OwnPasskeysDocument,
  RemovePasskeyDocument,
  RenamePasskeyDocument,
  StartPasskeyDocument,
  StartPasskeyLoginDocument,
} from '../../../schema/documents.ts';
import { adminToken, createUser, type Person } from '../../support/accounts.ts';
import { type Algorithm, createAuthenticator } from '../../support/authenticator.ts';
import { describeOnStores, type Instance, startInstance } from '../../support/instance.ts';
import { passkeysOf, type Passkeys } from '../../support/passkeys.ts';

describeOnStores('passkeys', (stores) => {
  let gatehouse: Instance;
  let passkeys: Passkeys;
  beforeAll(async () => {
    gatehouse = await startInstance({ stores, env: { LOGIN_LIMIT_PER_IP: '10000' } });
    passkeys = passkeysOf(gatehouse);
  });
  afterAll(() => gatehouse.close());

  const signedIn = async (person?: Person) => {
    const { username, password } = person ?? (await createUser(gatehouse));
    return { username, password, token: (await gatehouse.client.login(username, password)).accessToken };
  };
  const factorsOf = async (token: string) =>
    (await gatehouse.client.send(OwnPasskeysDocument, {}, { token })).data?.me.factors;
  const audited = async (username: string, type: string) =>
    gatehouse.sql(`select detail from audit_events where subject = '${username}' and type = '${type}' order by at`);

  it.each<Algorithm>(['ES256', 'EdDSA', 'RS256'])(
    'are enrolled with %s, and sign in without a name',
    async (algorithm) => {
      const ada = await signedIn();
      const authenticator = createAuthenticator({ algorithm });
      const id = await passkeys.enrol(ada.token, authenticator, ' Laptop ');
      expect((await factorsOf(ada.token))?.passkeys).toEqual([
        { id, name: 'Laptop', createdAt: expect.any(String), lastUsedAt: null, backedUp: false },
      ]);

      const { data } = await passkeys.signIn(authenticator);
      const { accessToken, refreshToken } = data!.loginWithPasskey;
      expect(refreshToken).toEqual(expect.any(String));
      expect(decodeJwt(accessToken)).toMatchObject({
        sub: ada.username,
        amr: ['hwk', 'user', 'mfa'],
        acr: 'urn:gatehouse:acr:2',
      });
      expect((await factorsOf(accessToken))?.passkeys[0]?.lastUsedAt).toEqual(expect.any(String));
      expect(await audited(ada.username, 'factor.added')).toEqual([{ detail: { factor: 'passkey' } }]);
      expect(await audited(ada.username, 'login.succeeded')).toHaveLength(2);
    },
  );

  it('count as software if they are synchronised, and are backed up', async () => {
    const ada = await signedIn();
    const authenticator = createAuthenticator({ synced: true });
    await passkeys.enrol(ada.token, authenticator);
    expect((await factorsOf(ada.token))?.passkeys[0]?.backedUp).toBe(true);
    const { data } = await passkeys.signIn(authenticator);
    expect(decodeJwt(data!.loginWithPasskey.accessToken)['amr']).toEqual(['swk', 'user', 'mfa']);
  });

  it('are several for an account, each with its name', async () => {
    const ada = await signedIn();
    const [laptop, phone] = [createAuthenticator(), createAuthenticator()];
    await passkeys.enrol(ada.token, laptop, 'Laptop');
    // A sign-in by password alone is not enough to add another factor.
    const { refusal } = await gatehouse.client.send(StartPasskeyDocument, {}, { token: ada.token });
    expect(refusal).toBe('REAUTHENTICATION_REQUIRED');
    const token = await passkeys.tokenOf(laptop);
    const { excludeCredentials } = await passkeys.creationOptions(token);
    expect(excludeCredentials).toMatchObject([{ id: laptop.passkeys[0]!.id }]);
    const id = await passkeys.enrol(token, phone, 'Phone');
    await gatehouse.client.send(RenamePasskeyDocument, { id, name: 'My phone' }, { token });
    expect((await factorsOf(ada.token))?.passkeys.map(({ name }) => name)).toEqual(['Laptop', 'My phone']);
    for (const authenticator of [laptop, phone]) {
      expect((await passkeys.signIn(authenticator)).refusal).toBeUndefined();
    }
    // Authenticators know the account by one random handle, and not by its name.
    expect(laptop.passkeys[0]!.userHandle).toBe(phone.passkeys[0]!.userHandle);
    expect(Buffer.from(laptop.passkeys[0]!.userHandle, 'base64url')).toHaveLength(64);
  });

  it('are removed, and do not sign in any more', async () => {
    const ada = await signedIn();
    const authenticator = createAuthenticator();
    const id = await passkeys.enrol(ada.token, authenticator);
    const token = await passkeys.tokenOf(authenticator);
    expect((await gatehouse.client.send(RemovePasskeyDocument, { id }, { token })).data).toEqual({
      removePasskey: true,
    });
    expect((await factorsOf(token))?.passkeys).toEqual([]);
    expect((await passkeys.signIn(authenticator)).refusal).toBe('UNAUTHENTICATED');
    expect(await audited(ada.username, 'factor.removed')).toEqual([{ detail: { factor: 'passkey' } }]);
    expect((await gatehouse.client.send(RemovePasskeyDocument, { id }, { token })).faults).toEqual(['id NOT_FOUND']);
  });

  it('are deleted with their account', async () => {
    const ada = await signedIn();
    const authenticator = createAuthenticator();
    await passkeys.enrol(ada.token, authenticator);
    const token = await adminToken(gatehouse);
    const { errors } = await gatehouse.client.ask(`mutation { deleteUser(username: "${ada.username}") }`, { token });
    expect(errors).toBeUndefined();
    const [{ count } = {}] = await gatehouse.sql(
      `select (select count(*) from passkeys p join users u on u.id = p.user_id where u.username = '${ada.username}')
       + (select count(*) from passkey_handles h join users u on u.id = h.user_id where u.username = '${ada.username}')
       as count`,
    );
    expect(Number(count)).toBe(0);
    expect((await passkeys.signIn(authenticator)).refusal).toBe('UNAUTHENTICATED');
  });

  it('cause no row before they are used', async () => {
    const before = await gatehouse.sql('select count(*)::integer as count from proofs');
    for (let count = 0; count < 5; count += 1) await passkeys.requestOptions();
    expect(await gatehouse.sql('select count(*)::integer as count from proofs')).toEqual(before);
  });

  it('sign in by the cookie', async () => {
    const ada = await signedIn();
    const authenticator = createAuthenticator();
    await passkeys.enrol(ada.token, authenticator);
    const options = await passkeys.requestOptions();
    const response = await authenticator.get(options, passkeys.origin);
    const ask = (origin: string) =>
      gatehouse.client.ask(
        `mutation ($challenge: String!, $response: JSON!) {
          loginWithPasskey(challenge: $challenge, response: $response, delivery: COOKIE) { accessToken refreshToken }
        }`,
        { variables: { challenge: options.challenge, response }, headers: { origin } },
      );
    expect((await ask('https://evil.example')).refusal).toBe('ORIGIN_NOT_ALLOWED');
    const { data, headers } = await ask(passkeys.origin);
    expect(data?.loginWithPasskey.refreshToken).toBeNull();
    expect(headers.getSetCookie().join()).toContain('gatehouse_refresh');
  });

  describe('as a second factor', () => {
    const ticketOf = async ({ username, password }: Person) => {
      const { errors, refusal } = await gatehouse.client.tryLogin(username, password);
      expect(refusal).toBe('SECOND_FACTOR_REQUIRED');
      return errors![0]!.extensions as unknown as { ticket: string; methods: string[] };
    };
    const complete = (ticket: string, passkey: object) =>
      gatehouse.client.ask(
        `mutation ($ticket: String!, $passkey: JSON) { completeLogin(ticket: $ticket, passkey: $passkey) { accessToken } }`,
        { variables: { ticket, passkey } },
      );

    it('continue a sign-in with a password, with the passkeys of its account named', async () => {
      const ada = await signedIn();
      const authenticator = createAuthenticator();
      await passkeys.enrol(ada.token, authenticator);
      const { ticket, methods } = await ticketOf(ada);
      expect(methods).toEqual(['PASSKEY']);
      const options = await passkeys.requestOptions(ticket);
      expect(options.allowCredentials).toMatchObject([{ id: authenticator.passkeys[0]!.id, type: 'public-key' }]);
      // The authenticator may leave the handle out.
      const response = await authenticator.get(options, passkeys.origin, { userHandle: null });
      const { data } = await complete(ticket, response);
      expect(decodeJwt(data!.completeLogin.accessToken)).toMatchObject({
        sub: ada.username,
        amr: ['pwd', 'hwk', 'user', 'mfa'],
        acr: 'urn:gatehouse:acr:2',
      });
      expect((await complete(ticket, response)).faults).toEqual(['ticket EXPIRED']);
    });

    it('may answer a challenge that was made without the ticket', async () => {
      const ada = await signedIn();
      const authenticator = createAuthenticator();
      await passkeys.enrol(ada.token, authenticator);
      const { ticket } = await ticketOf(ada);
      const response = await authenticator.get(await passkeys.requestOptions(), passkeys.origin);
      expect((await complete(ticket, response)).refusal).toBeUndefined();
    });

    it('are refused for another account or another ticket', async () => {
      const [ada, bob] = [await signedIn(), await signedIn()];
      const [hers, his] = [createAuthenticator(), createAuthenticator()];
      await passkeys.enrol(ada.token, hers);
      await passkeys.enrol(bob.token, his);
      const { ticket } = await ticketOf(ada);
      const { ticket: other } = await ticketOf(ada);
      const { ticket: ofBob } = await ticketOf(bob);
      const wrong = ['passkey WRONG'];
      expect((await complete(ticket, await his.get(await passkeys.requestOptions(), passkeys.origin))).faults).toEqual(
        wrong,
      );
      const forBob = await his.get(await passkeys.requestOptions(ofBob), passkeys.origin);
      expect((await complete(ticket, forBob)).faults).toEqual(wrong);
      const forOther = await hers.get(await passkeys.requestOptions(other), passkeys.origin);
      expect((await complete(ticket, forOther)).faults).toEqual(wrong);
      // A challenge of a ticket does not sign in by itself.
      const { challenge, ...options } = await passkeys.requestOptions(other);
      const alone = await hers.get({ challenge, ...options }, passkeys.origin);
      expect((await passkeys.login(alone, challenge)).refusal).toBe('UNAUTHENTICATED');
    });

    it('end open tickets when one is added', async () => {
      const ada = await signedIn();
      const authenticator = createAuthenticator();
      await passkeys.enrol(ada.token, authenticator);
      const { ticket } = await ticketOf(ada);
      await passkeys.enrol(await passkeys.tokenOf(authenticator), createAuthenticator());
      const { faults } = await gatehouse.client.send(StartPasskeyLoginDocument, { ticket });
      expect(faults).toEqual(['ticket EXPIRED']);
      const response = await authenticator.get(await passkeys.requestOptions(), passkeys.origin);
      expect((await complete(ticket, response)).faults).toEqual(['ticket EXPIRED']);
    });
  });

  describe('as a fresh authentication', () => {
    const reauthenticate = (token: string, passkey: object) =>
      gatehouse.client.ask('mutation ($passkey: JSON) { reauthenticate(passkey: $passkey) { accessToken } }', {
        token,
        variables: { passkey },
      });

    it('renew the session, which may then change factors', async () => {
      const ada = await signedIn();
      const authenticator = createAuthenticator();
      await passkeys.enrol(ada.token, authenticator);
      const { refusal, errors } = await gatehouse.client.send(StartPasskeyDocument, {}, { token: ada.token });
      expect(refusal).toBe('REAUTHENTICATION_REQUIRED');
      expect((errors![0]!.extensions as unknown as { methods: string[] }).methods).toContain('PASSKEY');

      const response = await authenticator.get(await passkeys.requestOptions(), passkeys.origin);
      const { data } = await reauthenticate(ada.token, response);
      const token = data!.reauthenticate.accessToken as string;
      expect(decodeJwt(token)).toMatchObject({ acr: 'urn:gatehouse:acr:2', sid: decodeJwt(ada.token)['sid'] });
      await passkeys.enrol(token, createAuthenticator());
      expect((await reauthenticate(token, response)).faults).toEqual(['passkey WRONG']);
    });

    it('are those of the caller, for a challenge without a ticket', async () => {
      const [ada, bob] = [await signedIn(), await signedIn()];
      const [hers, his] = [createAuthenticator(), createAuthenticator()];
      await passkeys.enrol(ada.token, hers);
      await passkeys.enrol(bob.token, his);
      const wrong = ['passkey WRONG'];
      const ofBob = await his.get(await passkeys.requestOptions(), passkeys.origin);
      expect((await reauthenticate(ada.token, ofBob)).faults).toEqual(wrong);
      const { errors } = await gatehouse.client.tryLogin(ada.username, ada.password);
      const { ticket } = errors![0]!.extensions as unknown as { ticket: string };
      const forTicket = await hers.get(await passkeys.requestOptions(ticket), passkeys.origin);
      expect((await reauthenticate(ada.token, forTicket)).faults).toEqual(wrong);
    });

    it('fill the log with no more wrong ones than a quota allows, and count all the same', async () => {
      const ada = await signedIn();
      const authenticator = createAuthenticator();
      await passkeys.enrol(ada.token, authenticator);
      for (let count = 0; count < 33; count += 1) {
        expect((await reauthenticate(ada.token, {})).faults).toEqual(['passkey WRONG']);
      }
      expect(await audited(ada.username, 'login.failed')).toHaveLength(30);
      const response = await authenticator.get(await passkeys.requestOptions(), passkeys.origin);
      expect((await reauthenticate(ada.token, response)).refusal).toBeUndefined();
    });
  });

  it('are off where the operator turned them off, and the server says so', async () => {
    const ask = ({ client }: Instance) => client.ask('{ gatehouse { passkeys } }');
    expect((await ask(gatehouse)).data).toEqual({ gatehouse: { passkeys: true } });
    if (stores === 'embedded') return;
    const off = await gatehouse.replica({ PASSKEYS: 'off', JWT_ISSUER: gatehouse.url });
    expect((await ask(off)).data).toEqual({ gatehouse: { passkeys: false } });
    expect((await off.client.send(StartPasskeyLoginDocument, { ticket: null })).refusal).toBe('FORBIDDEN');
    const { token } = await signedIn();
    expect((await off.client.send(StartPasskeyDocument, {}, { token })).refusal).toBe('FORBIDDEN');
    const { challenge } = await passkeys.requestOptions();
    expect((await passkeysOf(off).login({}, challenge)).refusal).toBe('FORBIDDEN');
    await off.stop();
  });
});
