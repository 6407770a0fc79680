import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server';
import { cose, isoCBOR } from '@simplewebauthn/server/helpers';

const { COSEALG, COSECRV, COSEKTY } = cose;

/** The flags of authenticator data (WebAuthn level 3, section 6.1). */
export const FLAGS = { UP: 0x01, UV: 0x04, BE: 0x08, BS: 0x10, AT: 0x40, ED: 0x80 };

export type Algorithm = 'ES256' | 'EdDSA' | 'RS256';

export interface AuthenticatorOptions {
  /** Default: ES256. */
  readonly algorithm?: Algorithm;
  /** True for passkeys that are copied to other devices, which have no counter. Default: false. */
  readonly synced?: boolean;
  /** Signs a registration with the new key itself, as some security keys do. Default: false. */
  readonly selfAttested?: boolean;
}

/** The changes that make a response a forged one. The signature covers all but `id`, `signature` and `response`. */
export interface Forgery {
  readonly clientData?: Readonly<Record<string, unknown>>;
  readonly rpId?: string;
  readonly flags?: number;
  readonly counter?: number;
  readonly id?: string;
  readonly rawId?: string;
  readonly type?: string;
  readonly userHandle?: string | null;
  readonly coseKey?: (key: Map<number, unknown>) => void;
  readonly attestation?: (attestation: Map<string, unknown>) => void;
  readonly authenticatorData?: (data: Buffer) => Buffer;
  readonly signature?: (signature: Buffer) => Buffer;
  /** Changes the members of `response` last, after the signature. */
  readonly response?: (members: Record<string, unknown>) => void;
}

/** A passkey that an authenticator of the tests holds. */
export interface HeldPasskey {
  readonly id: string;
  readonly rpId: string;
  readonly userHandle: string;
  readonly key: KeyObject;
  counter: number;
}

/** An authenticator and its browser in one, without a screen: what it is asked for, its user confirms. */
export interface Authenticator {
  readonly passkeys: readonly HeldPasskey[];
  create(
    options: PublicKeyCredentialCreationOptionsJSON,
    origin: string,
    forgery?: Forgery,
  ): Promise<RegistrationResponseJSON>;
  /** Signs with the passkey that the options name, or with its last one for the site. */
  get(
    options: PublicKeyCredentialRequestOptionsJSON,
    origin: string,
    forgery?: Forgery,
  ): Promise<AuthenticationResponseJSON>;
}

export function createAuthenticator(options: AuthenticatorOptions = {}): Authenticator {
  const { algorithm = 'ES256', synced = false, selfAttested = false } = options;
  const passkeys: HeldPasskey[] = [];
  const fixed = FLAGS.UP | FLAGS.UV | (synced ? FLAGS.BE | FLAGS.BS : 0);

  return {
    passkeys,

    async create(asked, origin, forgery = {}) {
      const { publicKey, privateKey } = keyPair(algorithm);
      const id = randomBytes(32);
      const held: HeldPasskey = {
        id: id.toString('base64url'),
        rpId: asked.rp.id!,
        userHandle: asked.user.id,
        key: privateKey,
        counter: synced ? 0 : 1,
      };
      passkeys.push(held);
      const coseKey = coseKeyOf(publicKey, algorithm);
      forgery.coseKey?.(coseKey);
      const attested = Buffer.concat([
        Buffer.alloc(16),
        Buffer.from([id.length >> 8, id.length & 0xff]),
        id,
        Buffer.from(isoCBOR.encode(coseKey as never)),
      ]);
      const data = authenticatorData(held, { flags: fixed | FLAGS.AT, attested }, forgery);
      const signed = clientData('webauthn.create', { challenge: asked.challenge, origin }, forgery);
      const own = () => Uint8Array.from(signatureOf(algorithm, privateKey, { data, signed }));
      const attestation = new Map<string, unknown>([
        ['fmt', selfAttested ? 'packed' : 'none'],
        [
          'attStmt',
          new Map<string, unknown>(
            selfAttested
              ? [
                  ['alg', coseKey.get(3)],
                  ['sig', own()],
                ]
              : [],
          ),
        ],
        ['authData', Uint8Array.from(data)],
      ]);
      forgery.attestation?.(attestation);
      return credential(held, forgery, {
        clientDataJSON: encoded(signed),
        attestationObject: encoded(isoCBOR.encode(attestation as never)),
        transports: ['internal'],
      }) as unknown as RegistrationResponseJSON;
    },

    async get(asked, origin, forgery = {}) {
      const allowed = asked.allowCredentials?.map(({ id }) => id);
      const held = passkeys.findLast(({ id, rpId }) => rpId === asked.rpId && (allowed?.includes(id) ?? true));
      if (!held) throw new Error(`the authenticator has no passkey for ${asked.rpId}`);
      if (!synced) held.counter += 1;
      const data = authenticatorData(held, { flags: fixed }, forgery);
      const signed = clientData('webauthn.get', { challenge: asked.challenge, origin }, forgery);
      const signature = signatureOf(algorithm, held.key, { data, signed });
      const { userHandle = held.userHandle } = forgery;
      return credential(held, forgery, {
        clientDataJSON: encoded(signed),
        authenticatorData: encoded(data),
        signature: encoded(forgery.signature?.(signature) ?? signature),
        ...(userHandle === null ? {} : { userHandle }),
      }) as unknown as AuthenticationResponseJSON;
    },
  };
}

const encoded = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');

/** Signs authenticator data and client data (WebAuthn level 3, section 6.3.3). */
function signatureOf(
  algorithm: Algorithm,
  key: KeyObject,
  { data, signed }: Record<'data' | 'signed', Buffer>,
): Buffer {
  const bytes = Buffer.concat([data, createHash('sha256').update(signed).digest()]);
  return sign(algorithm === 'EdDSA' ? null : 'sha256', bytes, key);
}

function keyPair(algorithm: Algorithm) {
  if (algorithm === 'EdDSA') return generateKeyPairSync('ed25519');
  if (algorithm === 'RS256') return generateKeyPairSync('rsa', { modulusLength: 2048 });
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

function coseKeyOf(publicKey: KeyObject, algorithm: Algorithm): Map<number, unknown> {
  const jwk = publicKey.export({ format: 'jwk' });
  const bytes = (text: string | undefined) => Uint8Array.from(Buffer.from(text!, 'base64url'));
  if (algorithm === 'EdDSA') {
    return new Map<number, unknown>([
      [1, COSEKTY.OKP],
      [3, COSEALG.EdDSA],
      [-1, COSECRV.ED25519],
      [-2, bytes(jwk.x)],
    ]);
  }
  if (algorithm === 'RS256') {
    return new Map<number, unknown>([
      [1, COSEKTY.RSA],
      [3, COSEALG.RS256],
      [-1, bytes(jwk.n)],
      [-2, bytes(jwk.e)],
    ]);
  }
  return new Map<number, unknown>([
    [1, COSEKTY.EC2],
    [3, COSEALG.ES256],
    [-1, COSECRV.P256],
    [-2, bytes(jwk.x)],
    [-3, bytes(jwk.y)],
  ]);
}

function authenticatorData(
  held: HeldPasskey,
  { flags, attested = Buffer.alloc(0) }: { readonly flags: number; readonly attested?: Buffer },
  forgery: Forgery,
): Buffer {
  const counter = Buffer.alloc(4);
  counter.writeUInt32BE(forgery.counter ?? held.counter);
  const data = Buffer.concat([
    createHash('sha256')
      .update(forgery.rpId ?? held.rpId)
      .digest(),
    Buffer.from([forgery.flags ?? flags]),
    counter,
    attested,
  ]);
  return forgery.authenticatorData?.(data) ?? data;
}

function clientData(type: string, members: Record<string, unknown>, { clientData: forged }: Forgery): Buffer {
  return Buffer.from(JSON.stringify({ type, ...members, crossOrigin: false, ...forged }));
}

function credential(held: HeldPasskey, forgery: Forgery, response: Record<string, unknown>) {
  forgery.response?.(response);
  const { id = held.id, rawId = id, type = 'public-key' } = forgery;
  return { id, rawId, type, response, clientExtensionResults: {}, authenticatorAttachment: 'platform' };
}
