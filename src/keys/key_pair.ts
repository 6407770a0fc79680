import type { KeyObject } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import { deriveKey, seal, unseal } from '../kernel/secret.ts';
import type { KeyState, SigningKey as StoredKey } from './signing_key.entity.ts';

/** The algorithms of key pairs, as `alg` spells them. */
export type PairAlgorithm = 'RS256' | 'ES256' | 'EdDSA';
export type Algorithm = 'HS256' | PairAlgorithm;

/** jose's own key type: imported once, because importing costs more than verifying. */
export type CryptoKey = Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];

export interface VerificationKey {
  readonly kid: string;
  /** The one algorithm this key is for. A token that names another is refused, whatever its header says. */
  readonly algorithm: Algorithm;
  readonly key: CryptoKey;
}

export interface SigningKey extends VerificationKey {
  /** A shared one, for HMACs made here. */
  readonly secret?: KeyObject;
}

/** A stored pair, ready for use. */
export interface OpenPair {
  readonly state: KeyState;
  readonly signing: SigningKey;
  readonly verifying: VerificationKey;
  /** As the JWKS shows it (RFC 7517). */
  readonly published: JWK;
}

/**
 * The keys that private halves are sealed under.
 * @param secrets `JWT_SECRET_KEY`, then the previous one while it is being replaced
 */
export function sealingKeys(secrets: readonly string[]): Buffer[] {
  return secrets.map((secret) => deriveKey(secret, 'private-keys'));
}

/**
 * Makes a pair, its private half sealed. Its id is its thumbprint (RFC 7638), and never begins with "-": on a command
 * line that would be an option, and `keys retire` would fail whoever is in the greatest hurry.
 */
export async function makePair(
  algorithm: PairAlgorithm,
  state: KeyState,
  sealing: readonly Buffer[],
  now: Date,
): Promise<StoredKey> {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
  const publicJwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(publicJwk);
  if (kid.startsWith('-')) return makePair(algorithm, state, sealing, now);
  const privateJwk = Buffer.from(JSON.stringify(await exportJWK(privateKey)));
  return {
    kid,
    algorithm,
    publicJwk: publicJwk as Record<string, string>,
    sealedPrivateJwk: seal(privateJwk, sealing[0]!),
    createdAt: now,
    state,
    stateSince: now,
  };
}

/**
 * Opens a stored pair. What verifies is made of the sealed half: a public key that somebody else wrote into the row
 * counts for nothing. Throws a plain Error, fit for an operator, where the row does not open or is not what it says.
 */
export async function openPair(row: StoredKey, sealing: readonly Buffer[]): Promise<OpenPair> {
  const { kid, state } = row;
  const algorithm = row.algorithm as PairAlgorithm;
  const privateJwk = JSON.parse(open(row, sealing).toString()) as JWK;
  const publicJwk = publicHalf(privateJwk);
  if ((await calculateJwkThumbprint(publicJwk)) !== kid) {
    throw new Error(`The stored signing key ${kid} does not match its key id. Restore the row, or remove it`);
  }
  return {
    state,
    published: { ...publicJwk, kid, alg: algorithm, use: 'sig' },
    verifying: { kid, algorithm, key: (await importJWK(publicJwk, algorithm)) as CryptoKey },
    signing: { kid, algorithm, key: (await importJWK(privateJwk, algorithm)) as CryptoKey },
  };
}

/** The private half sealed under the secret of now, whichever of them it was sealed under. Throws as {@link openPair}. */
export function resealed(row: StoredKey, sealing: readonly Buffer[]): Buffer {
  return seal(open(row, sealing), sealing[0]!);
}

function open(row: StoredKey, sealing: readonly Buffer[]): Buffer {
  for (const key of sealing) {
    try {
      return unseal(Buffer.from(row.sealedPrivateJwk), key);
    } catch {
      // Sealed under another secret: the next one may open it.
    }
  }
  throw new Error(
    `The stored signing key ${row.kid} cannot be decrypted: it was stored with another JWT_SECRET_KEY. ` +
      'Start with the old secret, or set it as JWT_SECRET_KEY_PREVIOUS, then run "keys rewrap".',
  );
}

/** RFC 7518 sections 6.2.1 and 6.3.1, RFC 8037 section 2: the members that are everybody's to know. */
function publicHalf({ kty, crv, x, y, n, e }: JWK): JWK {
  const members = { kty, crv, x, y, n, e };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
