import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { assertionOptions, readAssertion, verifyAssertion } from '../../../src/credentials/webauthn/assertion.ts';
import type { Passkey } from '../../../src/credentials/webauthn/passkey.entity.ts';
import {
  readRegistration,
  registrationOptions,
  verifyRegistration,
} from '../../../src/credentials/webauthn/registration.ts';
import type { RelyingParty } from '../../../src/credentials/webauthn/relying_party.ts';
import { type Algorithm, type Authenticator, createAuthenticator, type Forgery } from '../../support/authenticator.ts';
import { flipped, forgedAssertions, forgedRegistrations } from '../../support/forgeries.ts';

const ORIGIN = 'https://auth.example.com';
const APP = 'https://app.example';
const RP: RelyingParty = { id: 'example.com', origins: [ORIGIN, APP], related: [APP] };
const OWNER = { username: 'ada', fullName: 'Ada Lovelace', passkeys: [] };

const challenge = () => randomBytes(48).toString('base64url');

/** An account with one passkey of its authenticator. */
async function enrolled(authenticator: Authenticator, forgery?: Forgery) {
  const handle = randomBytes(64);
  const options = await registrationOptions(RP, challenge(), { ...OWNER, handle });
  const response = await authenticator.create(options, ORIGIN, forgery);
  const added = await verifyRegistration(RP, readRegistration(RP, response));
  const passkey: Passkey = {
    id: 'one',
    userId: 'ada',
    name: 'Laptop',
    createdAt: new Date(),
    lastUsedAt: null,
    ...added,
    transports: added.transports.join(' '),
  };
  return { handle, passkey, options };
}

const signedBy = async (authenticator: Authenticator, forgery?: Forgery, origin = ORIGIN) =>
  authenticator.get(await assertionOptions(RP, challenge(), null), origin, forgery);

describe('a passkey', () => {
  it.each<Algorithm>(['ES256', 'EdDSA', 'RS256'])('with %s is registered and signs in', async (algorithm) => {
    const authenticator = createAuthenticator({ algorithm });
    const { handle, passkey } = await enrolled(authenticator);
    expect(passkey).toMatchObject({ counter: 1, deviceType: 'singleDevice', backedUp: false, transports: 'internal' });
    const use = await verifyAssertion(RP, readAssertion(RP, await signedBy(authenticator)), {
      passkey,
      handle,
      named: false,
    });
    expect(use).toEqual({ counter: 2, backedUp: false });
  });

  it('has no counter if it is synchronised, and may be used again', async () => {
    const authenticator = createAuthenticator({ synced: true });
    const { handle, passkey } = await enrolled(authenticator);
    expect(passkey).toMatchObject({ counter: 0, deviceType: 'multiDevice', backedUp: true });
    for (const _ of [1, 2]) {
      const signed = readAssertion(RP, await signedBy(authenticator));
      await expect(verifyAssertion(RP, signed, { passkey, handle, named: false })).resolves.toEqual({
        counter: 0,
        backedUp: true,
      });
    }
  });

  it('may be used on a related origin', async () => {
    const authenticator = createAuthenticator();
    const { handle, passkey } = await enrolled(authenticator);
    const signed = readAssertion(RP, await signedBy(authenticator, {}, APP));
    await expect(verifyAssertion(RP, signed, { passkey, handle, named: false })).resolves.toMatchObject({ counter: 2 });
  });

  it('with self attestation, which browsers leave in place, is registered', async () => {
    await expect(enrolled(createAuthenticator({ selfAttested: true }))).resolves.toBeDefined();
    const forged = enrolled(createAuthenticator({ selfAttested: true }), {
      authenticatorData: (data) => flipped(data, data.length - 1),
      attestation: (object) => object.set('authData', flipped(Buffer.from(object.get('authData') as Uint8Array), 36)),
    });
    await expect(forged).rejects.toMatchObject({ name: 'PasskeyFault' });
  });
});

describe('the options', () => {
  it('ask for a discoverable passkey with user verification, no attestation and three algorithms', async () => {
    const text = challenge();
    const { options, handle, passkey } = await enrolled(createAuthenticator());
    expect(options).toMatchObject({
      rp: { id: 'example.com', name: 'example.com' },
      user: { id: handle.toString('base64url'), name: 'ada', displayName: 'Ada Lovelace' },
      attestation: 'none',
      authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
      excludeCredentials: [],
    });
    expect(options.pubKeyCredParams.map(({ alg }) => alg)).toEqual([-8, -7, -257]);
    const again = await registrationOptions(RP, text, { ...OWNER, handle, passkeys: [passkey] });
    expect(again.challenge).toBe(text);
    expect(again.excludeCredentials).toEqual([
      { id: passkey.credentialId.toString('base64url'), type: 'public-key', transports: ['internal'] },
    ]);
  });

  it('name no passkey at a sign-in unless the account is known', async () => {
    const text = challenge();
    const { passkey } = await enrolled(createAuthenticator());
    const unnamed = await assertionOptions(RP, text, null);
    expect(unnamed).toMatchObject({ challenge: text, rpId: 'example.com', userVerification: 'required' });
    expect(unnamed.allowCredentials).toBeUndefined();
    expect((await assertionOptions(RP, text, [passkey])).allowCredentials).toHaveLength(1);
  });
});

describe('a forged registration is refused', () => {
  it.each(forgedRegistrations(ORIGIN))('%s', async (_title, reason, forgery) => {
    await expect(enrolled(createAuthenticator(), forgery)).rejects.toMatchObject({ name: 'PasskeyFault', reason });
  });

  it.each([null, 'text', 7, [], {}, { id: 'x' }])('%j in place of a response', (json) => {
    expect(() => readRegistration(RP, json)).toThrow(expect.objectContaining({ reason: 'malformed' }));
  });
});

describe('a forged sign-in is refused', () => {
  it.each(forgedAssertions(ORIGIN))('%s', async (_title, reason, forgery) => {
    const authenticator = createAuthenticator();
    const { handle, passkey } = await enrolled(authenticator);
    const attempt = async () =>
      verifyAssertion(RP, readAssertion(RP, await signedBy(authenticator, forgery)), { passkey, handle, named: false });
    await expect(attempt()).rejects.toMatchObject({ name: 'PasskeyFault', reason });
    // The authenticator itself is in order.
    const signed = readAssertion(RP, await signedBy(authenticator));
    await expect(verifyAssertion(RP, signed, { passkey, handle, named: false })).resolves.toBeDefined();
  });

  it('the signature of another passkey', async () => {
    const [hers, his] = [createAuthenticator(), createAuthenticator()];
    const { handle, passkey } = await enrolled(hers);
    await enrolled(his);
    const { id } = hers.passkeys[0]!;
    const signed = readAssertion(RP, await signedBy(his, { id, userHandle: handle.toString('base64url') }));
    await expect(verifyAssertion(RP, signed, { passkey, handle, named: false })).rejects.toMatchObject({
      reason: 'signature',
    });
  });

  it('no handle is needed where the options named the passkeys', async () => {
    const authenticator = createAuthenticator();
    const { handle, passkey } = await enrolled(authenticator);
    const signed = readAssertion(RP, await signedBy(authenticator, { userHandle: null }));
    await expect(verifyAssertion(RP, signed, { passkey, handle, named: true })).resolves.toBeDefined();
  });
});
