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
import {
  type Algorithm,
  type Authenticator,
  createAuthenticator,
  FLAGS,
  type Forgery,
} from '../../support/authenticator.ts';

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

/** A forged response: the reason of its refusal, and what is forged. */
type Case = [title: string, reason: string, forgery: Forgery];

const flipped = (bytes: Buffer, at: number) => {
  const copy = Buffer.from(bytes);
  copy[at]! ^= 0x01;
  return copy;
};
const rewritten = (change: (data: Record<string, unknown>) => void) => (members: Record<string, unknown>) => {
  const data = JSON.parse(Buffer.from(String(members['clientDataJSON']), 'base64url').toString()) as Record<
    string,
    unknown
  >;
  change(data);
  members['clientDataJSON'] = Buffer.from(JSON.stringify(data)).toString('base64url');
};

/** Client data that no ceremony may have. */
const OF_BOTH: Case[] = [
  ['another origin', 'origin', { clientData: { origin: 'https://evil.example' } }],
  ['a subdomain of the RP ID', 'origin', { clientData: { origin: 'https://evil.example.com' } }],
  ['the origin on another port', 'origin', { clientData: { origin: `${ORIGIN}:8443` } }],
  ['the origin without TLS', 'origin', { clientData: { origin: 'http://auth.example.com' } }],
  ['the origin with a path', 'origin', { clientData: { origin: `${ORIGIN}/` } }],
  ['no origin', 'malformed', { clientData: { origin: undefined } }],
  ['a list of origins', 'malformed', { clientData: { origin: [ORIGIN] } }],
  ['a frame of another origin', 'frame', { clientData: { crossOrigin: true } }],
  ['a frame with its top origin', 'frame', { clientData: { crossOrigin: true, topOrigin: ORIGIN } }],
  ['a top origin without a frame', 'frame', { clientData: { topOrigin: ORIGIN } }],
  ['crossOrigin as text', 'malformed', { clientData: { crossOrigin: 'false' } }],
  ['a bound TLS connection', 'token binding', { clientData: { tokenBinding: { status: 'present', id: 'x' } } }],
  ['a malformed token binding', 'malformed', { clientData: { tokenBinding: 'present' } }],
  ['no challenge', 'malformed', { clientData: { challenge: undefined } }],
  ['an empty challenge', 'malformed', { clientData: { challenge: '' } }],
  ['a padded challenge', 'malformed', { clientData: { challenge: 'YQ==' } }],
  ['no type', 'malformed', { clientData: { type: undefined } }],
  ['an unknown type', 'type', { clientData: { type: 'payment.get' } }],
  ['another RP ID', 'response', { rpId: 'evil.example' }],
  ['the origin as RP ID', 'response', { rpId: ORIGIN }],
  ['a subdomain as RP ID', 'response', { rpId: 'auth.example.com' }],
  ['another credential type', 'malformed', { type: 'password' }],
  ['a raw id that differs', 'response', { rawId: randomBytes(32).toString('base64url') }],
  ['no client data', 'malformed', { response: (members) => delete members['clientDataJSON'] }],
  ['client data that is not JSON', 'malformed', { response: (members) => (members['clientDataJSON'] = 'eHh4') }],
  ['client data that is not base64url', 'malformed', { response: (members) => (members['clientDataJSON'] += '=') }],
  ['no user presence', 'response', { authenticatorData: (data) => withFlags(data, (flags) => flags & ~FLAGS.UP) }],
  ['no user verification', 'response', { authenticatorData: (data) => withFlags(data, (flags) => flags & ~FLAGS.UV) }],
  [
    'a backup that it is not eligible for',
    'response',
    { authenticatorData: (data) => withFlags(data, (flags) => flags | FLAGS.BS) },
  ],
  ['truncated authenticator data', 'response', { authenticatorData: (data) => data.subarray(0, 36) }],
  ['bytes after the authenticator data', 'response', { authenticatorData: (data) => Buffer.concat([data, data]) }],
  [
    'extension data that is missing',
    'response',
    { authenticatorData: (data) => withFlags(data, (flags) => flags | FLAGS.ED) },
  ],
];

function withFlags(data: Buffer, change: (flags: number) => number): Buffer {
  const copy = Buffer.from(data);
  copy[32] = change(copy[32]!);
  return copy;
}

describe('a forged registration is refused', () => {
  const cases: Case[] = [
    ...OF_BOTH,
    ['the type of a sign-in', 'type', { clientData: { type: 'webauthn.get' } }],
    ['an id that is not the attested one', 'credential id', { id: randomBytes(32).toString('base64url') }],
    ['no attested credential', 'response', { authenticatorData: (data) => data.subarray(0, 37) }],
    ['ES384', 'response', { coseKey: (key) => key.set(3, -35) }],
    ['ES256K', 'response', { coseKey: (key) => key.set(3, -47) }],
    ['RS1', 'response', { coseKey: (key) => key.set(3, -65_535) }],
    ['an algorithm as text', 'response', { coseKey: (key) => key.set(3, 'ES256') }],
    ['no algorithm', 'response', { coseKey: (key) => key.delete(3) }],
    ['an algorithm that is not that of the key', 'algorithm', { coseKey: (key) => key.set(3, -257) }],
    ['a curve that is not that of the algorithm', 'algorithm', { coseKey: (key) => key.set(-1, 2) }],
    ['a short coordinate', 'algorithm', { coseKey: (key) => key.set(-2, new Uint8Array(16)) }],
    ['an unknown attestation format', 'attestation', { attestation: (object) => object.set('fmt', 'unknown') }],
    ['attestation by SafetyNet', 'attestation', { attestation: (object) => object.set('fmt', 'android-safetynet') }],
    [
      'attestation by a certificate',
      'attestation',
      {
        attestation: (object) => {
          object.set('fmt', 'packed');
          object.set('attStmt', new Map<string, unknown>([['x5c', [new Uint8Array(8)]]]));
        },
      },
    ],
    [
      'self attestation without a signature',
      'response',
      {
        attestation: (object) => object.set('fmt', 'packed'),
      },
    ],
    [
      'a statement beside no attestation',
      'response',
      { attestation: (object) => object.set('attStmt', new Map([['sig', new Uint8Array(8)]])) },
    ],
    ['no attestation object', 'malformed', { response: (members) => delete members['attestationObject'] }],
    ['an attestation object that is not CBOR', 'response', { response: (m) => (m['attestationObject'] = '_____w') }],
  ];
  it.each(cases)('%s', async (_title, reason, forgery) => {
    await expect(enrolled(createAuthenticator(), forgery)).rejects.toMatchObject({ name: 'PasskeyFault', reason });
  });

  it.each([null, 'text', 7, [], {}, { id: 'x' }])('%j in place of a response', (json) => {
    expect(() => readRegistration(RP, json)).toThrow(expect.objectContaining({ reason: 'malformed' }));
  });
});

describe('a forged sign-in is refused', () => {
  const cases: Case[] = [
    ...OF_BOTH,
    ['the type of a registration', 'type', { clientData: { type: 'webauthn.create' } }],
    ['another account’s handle', 'user handle', { userHandle: randomBytes(64).toString('base64url') }],
    ['the name as handle', 'user handle', { userHandle: Buffer.from('ada').toString('base64url') }],
    ['no handle', 'user handle', { userHandle: null }],
    ['an empty handle', 'user handle', { userHandle: '' }],
    ['another credential id', 'credential id', { id: randomBytes(32).toString('base64url') }],
    ['a counter that goes back', 'counter', { counter: 0 }],
    ['a counter that stands still', 'counter', { counter: 1 }],
    ['a first bit of the signature', 'response', { signature: (bytes) => flipped(bytes, 0) }],
    ['a last bit of the signature', 'signature', { signature: (bytes) => flipped(bytes, bytes.length - 1) }],
    ['half of the signature', 'response', { signature: (bytes) => bytes.subarray(0, bytes.length / 2) }],
    ['an empty signature', 'malformed', { signature: () => Buffer.alloc(0) }],
    ['a challenge that was not signed', 'signature', { response: rewritten((data) => (data['challenge'] = 'AAAA')) }],
    ['an origin that was not signed', 'signature', { response: rewritten((data) => (data['origin'] = APP)) }],
    ['a counter that was not signed', 'signature', { response: (members) => raised(members) }],
    ['another backup eligibility', 'backup eligibility', { flags: FLAGS.UP | FLAGS.UV | FLAGS.BE }],
  ];
  it.each(cases)('%s', async (_title, reason, forgery) => {
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

  function raised(members: Record<string, unknown>) {
    const data = Buffer.from(String(members['authenticatorData']), 'base64url');
    data.writeUInt32BE(1_000_000, 33);
    members['authenticatorData'] = data.toString('base64url');
  }
});
