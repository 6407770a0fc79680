import { cose, decodeCredentialPublicKey } from '@simplewebauthn/server/helpers';
import { PasskeyFault } from './passkey_fault.ts';

const { COSEALG, COSECRV, COSEKEYS, COSEKTY } = cose;

/** The algorithms of passkeys, the preferred first. Platforms use ES256; Windows Hello without it uses RS256. */
export const ALGORITHMS = [COSEALG.EdDSA, COSEALG.ES256, COSEALG.RS256];

/** The public exponent that every authenticator uses, 65537. */
const EXPONENT = 'AQAB';

type CoseKey = ReadonlyMap<number, unknown>;

/** The form of the keys of each algorithm. */
const FORMS = new Map<unknown, (key: CoseKey) => boolean>([
  [
    COSEALG.ES256,
    (key) =>
      key.get(COSEKEYS.kty) === COSEKTY.EC2 &&
      key.get(COSEKEYS.crv) === COSECRV.P256 &&
      hasBytes(key.get(COSEKEYS.x), 32) &&
      hasBytes(key.get(COSEKEYS.y), 32),
  ],
  [
    COSEALG.EdDSA,
    (key) =>
      key.get(COSEKEYS.kty) === COSEKTY.OKP &&
      key.get(COSEKEYS.crv) === COSECRV.ED25519 &&
      hasBytes(key.get(COSEKEYS.x), 32),
  ],
  [
    COSEALG.RS256,
    (key) =>
      key.get(COSEKEYS.kty) === COSEKTY.RSA &&
      // 2048 to 4096 bits.
      hasBytes(key.get(COSEKEYS.n), 256, 512) &&
      isExponent(key.get(COSEKEYS.e)),
  ],
]);

/**
 * Checks the form of a public key: its algorithm, type, curve and size. Threat: the library verifies by the type of the
 * key alone, and a long RSA key or exponent makes each verification take seconds.
 * @throws PasskeyFault
 */
export function checkPublicKey(publicKey: Uint8Array<ArrayBuffer>): void {
  const key = decodeCredentialPublicKey(publicKey) as unknown as CoseKey;
  if (!FORMS.get(key.get(COSEKEYS.alg))?.(key)) throw new PasskeyFault('algorithm');
}

function hasBytes(value: unknown, least: number, most = least): boolean {
  return value instanceof Uint8Array && value.length >= least && value.length <= most;
}

function isExponent(value: unknown): boolean {
  return value instanceof Uint8Array && Buffer.from(value).toString('base64url') === EXPONENT;
}
