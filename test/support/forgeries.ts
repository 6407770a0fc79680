import { randomBytes } from 'node:crypto';
import { FLAGS, type Forgery } from './authenticator.ts';

/** A forged response: its title, the reason of its refusal in the log, and the forgery. */
export type ForgedCase = readonly [title: string, reason: string, forgery: Forgery];

/** Returns a copy with one bit flipped. */
export const flipped = (bytes: Buffer, at: number) => {
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

function withFlags(data: Buffer, change: (flags: number) => number): Buffer {
  const copy = Buffer.from(data);
  copy[32] = change(copy[32]!);
  return copy;
}

function raised(members: Record<string, unknown>) {
  const data = Buffer.from(String(members['authenticatorData']), 'base64url');
  data.writeUInt32BE(1_000_000, 33);
  members['authenticatorData'] = data.toString('base64url');
}

/** The faults that no ceremony may have. @param origin the origin of the page that the server accepts */
const faultsOfBoth = (origin: string): ForgedCase[] => [
  ['another origin', 'origin', { clientData: { origin: 'https://evil.example' } }],
  ['a subdomain of the RP ID', 'origin', { clientData: { origin: 'https://evil.example.com' } }],
  ['the origin on another port', 'origin', { clientData: { origin: `${origin}:8443` } }],
  ['the origin without TLS', 'origin', { clientData: { origin: 'http://auth.example.com' } }],
  ['the origin with a path', 'origin', { clientData: { origin: `${origin}/` } }],
  ['no origin', 'malformed', { clientData: { origin: undefined } }],
  ['a list of origins', 'malformed', { clientData: { origin: [origin] } }],
  ['a frame of another origin', 'frame', { clientData: { crossOrigin: true } }],
  ['a frame with its top origin', 'frame', { clientData: { crossOrigin: true, topOrigin: origin } }],
  ['a top origin without a frame', 'frame', { clientData: { topOrigin: origin } }],
  ['crossOrigin as text', 'malformed', { clientData: { crossOrigin: 'false' } }],
  ['a bound TLS connection', 'token binding', { clientData: { tokenBinding: { status: 'present', id: 'x' } } }],
  ['a malformed token binding', 'malformed', { clientData: { tokenBinding: 'present' } }],
  ['no challenge', 'malformed', { clientData: { challenge: undefined } }],
  ['an empty challenge', 'malformed', { clientData: { challenge: '' } }],
  ['a padded challenge', 'malformed', { clientData: { challenge: 'YQ==' } }],
  ['no type', 'malformed', { clientData: { type: undefined } }],
  ['an unknown type', 'type', { clientData: { type: 'payment.get' } }],
  ['another RP ID', 'response', { rpId: 'evil.example' }],
  ['the origin as RP ID', 'response', { rpId: origin }],
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

/** Forged registrations. */
export const forgedRegistrations = (origin: string): ForgedCase[] => [
  ...faultsOfBoth(origin),
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

/** Forged sign-ins. */
export const forgedAssertions = (origin: string): ForgedCase[] => [
  ...faultsOfBoth(origin),
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
  [
    'an origin that was not signed',
    'signature',
    {
      clientData: { origin: 'https://evil.example' },
      response: rewritten((data) => (data['origin'] = origin)),
    },
  ],
  ['a counter that was not signed', 'signature', { response: (members) => raised(members) }],
  ['another backup eligibility', 'backup eligibility', { flags: FLAGS.UP | FLAGS.UV | FLAGS.BE }],
];
