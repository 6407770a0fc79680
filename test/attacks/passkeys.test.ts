import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeAttestationObject } from '@simplewebauthn/server/helpers';
import { RemovePasskeyDocument, RemovePasswordDocument, StartPasskeyLoginDocument } from '../../schema/documents.ts';
import { adminToken, createUser } from '../support/accounts.ts';
import { type Authenticator, createAuthenticator, type Forgery } from '../support/authenticator.ts';
import { forgedAssertions, forgedRegistrations } from '../support/forgeries.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { passkeysOf, type Passkeys } from '../support/passkeys.ts';

/** The origin in the tables is that of the page, whose port is only known once the server listens. */
const HERE = 'http://localhost:1';

describe('passkeys', () => {
  let gatehouse: Instance;
  let passkeys: Passkeys;
  /** The account that the forgeries attack. */
  let target: Awaited<ReturnType<typeof account>>;
  beforeAll(async () => {
    gatehouse = await startInstance({ env: { LOGIN_LIMIT_PER_IP: '10000', TRUST_PROXY: '127.0.0.1' } });
    passkeys = passkeysOf(gatehouse);
    target = await account();
  });
  afterAll(() => gatehouse.close());

  const account = async (authenticator = createAuthenticator()) => {
    const person = await createUser(gatehouse);
    const { accessToken } = await gatehouse.client.login(person.username, person.password);
    await passkeys.enrol(accessToken, authenticator);
    return { ...person, token: await passkeys.tokenOf(authenticator), authenticator };
  };
  const assertionOf = async (authenticator: Authenticator, forgery?: Forgery) => {
    const options = await passkeys.requestOptions();
    return { challenge: options.challenge, response: await authenticator.get(options, passkeys.origin, forgery) };
  };
  /** The one refusal of every sign-in that fails, whatever the reason. */
  const REFUSED = {
    data: null,
    status: 401,
    errors: [
      {
        message: 'Incorrect username or password',
        path: ['loginWithPasskey'],
        locations: expect.anything(),
        extensions: { code: 'UNAUTHENTICATED', requestId: expect.any(String) },
      },
    ],
  };
  const login = async ({ challenge, response }: { challenge: string; response: object }) => {
    const { data, errors, status } = await passkeys.login(response, challenge);
    return { data, errors, status };
  };

  /** Replaces the placeholder of the origin in a forgery. */
  const here = (forgery: Forgery): Forgery => ({
    ...forgery,
    ...(forgery.clientData && {
      clientData: JSON.parse(
        JSON.stringify(forgery.clientData, (_key, value: unknown) => value ?? null).replaceAll(HERE, passkeys.origin),
      ) as Record<string, unknown>,
    }),
  });

  it('have more than thirty forgeries in each table', () => {
    expect(forgedAssertions(HERE).length).toBeGreaterThan(30);
    expect(forgedRegistrations(HERE).length).toBeGreaterThan(30);
  });

  it.each(forgedAssertions(HERE))('do not sign in with %s (%s)', async (_title, _reason, forgery) => {
    const { authenticator } = target;
    expect(await login(await assertionOf(authenticator, here(forgery)))).toEqual(REFUSED);
    expect((await login(await assertionOf(authenticator))).errors).toBeUndefined();
  });

  it.each(forgedRegistrations(HERE))('are not enrolled with %s (%s)', async (_title, _reason, forgery) => {
    // Enrolments of one account are bounded.
    const { token } = await account();
    const options = await passkeys.creationOptions(token);
    const response = await createAuthenticator().create(options, passkeys.origin, here(forgery));
    expect((await passkeys.add(token, response, options.challenge)).faults).toEqual(['response WRONG']);
  });

  it('are not enrolled with an algorithm that the options do not offer', async () => {
    const { token } = await account();
    for (const algorithm of [-35, -36, -37, -39, -47, -65_535]) {
      const options = await passkeys.creationOptions(token);
      expect(options.pubKeyCredParams.map(({ alg }) => alg)).not.toContain(algorithm);
      const response = await createAuthenticator().create(options, passkeys.origin, {
        coseKey: (key) => key.set(3, algorithm),
      });
      expect((await passkeys.add(token, response, options.challenge)).faults).toEqual(['response WRONG']);
    }
  });

  describe('take only the signed challenge', () => {
    it('and not another one beside it', async () => {
      const { authenticator } = await account();
      const [one, other] = [await assertionOf(authenticator), await assertionOf(authenticator)];
      expect(await login({ ...one, challenge: other.challenge })).toEqual(REFUSED);
      expect(await login({ ...one, challenge: '' })).toEqual(REFUSED);
    });

    it('and not one that this server did not make', async () => {
      const { authenticator } = await account();
      for (const challenge of [randomBytes(32).toString('base64url'), randomBytes(200).toString('base64url')]) {
        const options = { ...(await passkeys.requestOptions()), challenge };
        const response = await authenticator.get(options, passkeys.origin);
        expect(await login({ challenge, response })).toEqual(REFUSED);
      }
    });

    it('and not a changed one', async () => {
      const { authenticator } = await account();
      const options = await passkeys.requestOptions();
      const bytes = Buffer.from(options.challenge, 'base64url');
      bytes[20]! ^= 1;
      const challenge = bytes.toString('base64url');
      const response = await authenticator.get({ ...options, challenge }, passkeys.origin);
      expect(await login({ challenge, response })).toEqual(REFUSED);
    });

    it('and not that of a registration, nor that of a sign-in at a registration', async () => {
      const { token, authenticator } = await account();
      const { challenge: ofRegistration } = await passkeys.creationOptions(token);
      const options = { ...(await passkeys.requestOptions()), challenge: ofRegistration };
      const response = await authenticator.get(options, passkeys.origin);
      expect(await login({ challenge: ofRegistration, response })).toEqual(REFUSED);

      const { challenge } = await passkeys.requestOptions();
      const creation = { ...(await passkeys.creationOptions(token)), challenge };
      const made = await createAuthenticator().create(creation, passkeys.origin);
      expect((await passkeys.add(token, made, challenge)).faults).toEqual(['challenge EXPIRED']);
    });
  });

  it('sign in once with a signature, at two replicas at once', async () => {
    const { authenticator } = await account(createAuthenticator({ synced: true }));
    const replica = gatehouse.env['DATABASE_URL'] ? await gatehouse.replica({ PUBLIC_URL: gatehouse.url }) : null;
    const other = replica ? passkeysOf(replica) : passkeys;
    for (let round = 0; round < 5; round += 1) {
      const { challenge, response } = await assertionOf(authenticator);
      const both = [1, 2, 3].flatMap(() => [passkeys.login(response, challenge), other.login(response, challenge)]);
      const refusals = (await Promise.all(both)).map(({ refusal }) => refusal);
      expect(refusals.filter((refusal) => refusal === undefined)).toHaveLength(1);
      expect(refusals.filter((refusal) => refusal === 'UNAUTHENTICATED')).toHaveLength(5);
    }
    await replica?.stop();
  });

  it('are enrolled once with a response, and only in the session and account that asked', async () => {
    const [ada, bob] = [await account(), await account()];
    const again = await passkeys.tokenOf(ada.authenticator);
    const options = await passkeys.creationOptions(ada.token);
    const response = await createAuthenticator().create(options, passkeys.origin);
    const over = ['challenge EXPIRED'];
    expect((await passkeys.add(bob.token, response, options.challenge)).faults).toEqual(over);
    expect((await passkeys.add(again, response, options.challenge)).faults).toEqual(over);
    const results = await Promise.all([1, 2, 3].map(() => passkeys.add(ada.token, response, options.challenge)));
    expect(results.filter(({ refusal }) => refusal === undefined)).toHaveLength(1);
  });

  it('are not enrolled by options from before a change of factors', async () => {
    const { token } = await account();
    const options = await passkeys.creationOptions(token);
    const response = await createAuthenticator().create(options, passkeys.origin);
    await passkeys.enrol(token, createAuthenticator());
    expect((await passkeys.add(token, response, options.challenge)).faults).toEqual(['challenge EXPIRED']);
  });

  it('are not enrolled with a credential id of another account', async () => {
    const victim = await account();
    const attacker = await account();
    const [held] = victim.authenticator.passkeys;
    const options = await passkeys.creationOptions(attacker.token);
    const id = held!.id;
    const response = await createAuthenticator().create(options, passkeys.origin, {
      id,
      attestation: (object) => {
        const data = Buffer.from(object.get('authData') as Uint8Array);
        Buffer.from(id, 'base64url').copy(data, 55);
        object.set('authData', Uint8Array.from(data));
      },
    });
    const { authData } = {
      authData: decodeAttestationObject(Buffer.from(response.response.attestationObject, 'base64url')).get('authData'),
    };
    expect(Buffer.from(authData).subarray(55, 87).toString('base64url')).toBe(id);
    expect((await passkeys.add(attacker.token, response, options.challenge)).faults).toEqual(['response TAKEN']);
    expect((await passkeys.signIn(victim.authenticator)).refusal).toBeUndefined();
  });

  it('belong to one account and do not sign in to another', async () => {
    const [ada, bob] = [await account(), await account()];
    const [hers] = ada.authenticator.passkeys;
    const { id, userHandle } = hers!;
    for (const forgery of [{ userHandle }, { id }, { id, userHandle }]) {
      expect(await login(await assertionOf(bob.authenticator, forgery))).toEqual(REFUSED);
    }
  });

  it('get one refusal: unknown, removed, disabled and forged', async () => {
    const unknown = createAuthenticator();
    await unknown.create(await passkeys.creationOptions((await account()).token), passkeys.origin);
    expect(await login(await assertionOf(unknown))).toEqual(REFUSED);

    const disabled = await account();
    await gatehouse.client.ask(
      `mutation { setUserDisabled(username: "${disabled.username}", disabled: true) { id } }`,
      {
        token: await adminToken(gatehouse),
      },
    );
    expect(await login(await assertionOf(disabled.authenticator))).toEqual(REFUSED);

    for (const response of [{}, { id: 'x' }, [], 'text']) {
      const { challenge } = await passkeys.requestOptions();
      expect(await login({ challenge, response: response as object })).toEqual(REFUSED);
    }
  });

  it('show in the audit log why they were refused, and to whom they belong', async () => {
    const { username, authenticator } = await account();
    await login(await assertionOf(authenticator, { clientData: { origin: 'https://evil.example' } }));
    await login(await assertionOf(authenticator, { counter: 0 }));
    const rows = await gatehouse.sql(
      `select detail from audit_events where type = 'login.failed' and subject = '${username}' order by at`,
    );
    expect(rows).toEqual([{ detail: { factor: 'passkey', reason: 'counter' } }]);
  });

  it('have options that reveal no account', async () => {
    const { username } = await account();
    const options = await passkeys.requestOptions();
    expect(Object.keys(options).sort()).toEqual(['challenge', 'rpId', 'timeout', 'userVerification']);
    expect(JSON.stringify(options)).not.toContain(username);
    const { faults } = await gatehouse.client.send(StartPasskeyLoginDocument, {
      ticket: randomBytes(32).toString('base64url'),
    });
    expect(faults).toEqual(['ticket EXPIRED']);
  });

  it('can be guessed at only as often as the address allows', async () => {
    const limited = await startInstance({ env: { LOGIN_LIMIT_PER_IP: '5', TRUST_PROXY: '127.0.0.1' } });
    const { client } = limited;
    const here = passkeysOf(limited);
    const person = await createUser(limited);
    const { accessToken } = await client.login(person.username, person.password);
    const authenticator = createAuthenticator();
    await here.enrol(accessToken, authenticator);
    const attempt = async (address: string, forgery: Forgery) => {
      const options = await here.requestOptions();
      const response = await authenticator.get(options, here.origin, forgery);
      const { refusal } = await here.login(response, options.challenge, { 'x-forwarded-for': address });
      return refusal;
    };
    const forged = { userHandle: randomBytes(64).toString('base64url') };
    for (let count = 0; count < 5; count += 1) expect(await attempt('192.0.2.1', forged)).toBe('UNAUTHENTICATED');
    expect(await attempt('192.0.2.1', {})).toBe('RATE_LIMITED');
    // The account itself is not locked out.
    expect(await attempt('192.0.2.2', {})).toBeUndefined();
    await limited.close();
  });

  it('cannot be taken from another account', async () => {
    const [ada, bob] = [await account(), await account()];
    const { data } = await gatehouse.client.ask('{ me { factors { passkeys { id } } } }', { token: ada.token });
    const { id } = data.me.factors.passkeys[0] as { id: string };
    expect((await gatehouse.client.send(RemovePasskeyDocument, { id }, { token: bob.token })).faults).toEqual([
      'id NOT_FOUND',
    ]);
  });

  it('are refused several to a document', async () => {
    const one = 'loginWithPasskey(challenge: "x", response: {}) { accessToken }';
    const { refusal } = await gatehouse.client.ask(`mutation { a: ${one} b: ${one} }`);
    expect(refusal).toBe('GRAPHQL_VALIDATION_FAILED');
  });

  it('leave no way to tell an account without a password from a wrong password', async () => {
    const { username, password, token, authenticator } = await account();
    await passkeys.enrol(token, createAuthenticator());
    const { data: removed, errors } = await gatehouse.client.send(
      RemovePasswordDocument,
      {},
      { token: await passkeys.tokenOf(authenticator) },
    );
    expect(errors).toBeUndefined();
    expect(removed).toEqual({ removePassword: true });
    const without = await gatehouse.client.tryLogin(username, password);
    const unknown = await gatehouse.client.tryLogin(`nobody.${randomBytes(4).toString('hex')}`, password);
    expect(without.refusal).toBe('UNAUTHENTICATED');
    const bare = (errors: typeof without.errors) =>
      errors?.map(({ extensions, ...error }) => ({ ...error, code: extensions.code }));
    expect(bare(without.errors)).toEqual(bare(unknown.errors));
    expect((await passkeys.signIn(authenticator)).refusal).toBeUndefined();
  });
});
