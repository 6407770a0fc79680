import type { KeyObject } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import type { JwsAlgorithm } from '../kernel/jws.ts';
import { deriveKey, seal, unseal } from '../kernel/secret.ts';
import type { KeyState, SigningKey as StoredKey } from './signing_key.entity.ts';

/** The algorithms of key pairs, as in `alg`. */
export type PairAlgorithm = Exclude<JwsAlgorithm, 'HS256'>;

/** jose's key type. Keys are imported once, because importing costs more than verifying. */
export type CryptoKey = Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];

export interface VerificationKey {
  readonly kid: string;
  /** The only algorithm of this key. Threat: a token whose header chooses the algorithm (RFC 8725 section 3.1). */
  readonly algorithm: JwsAlgorithm;
  readonly key: CryptoKey;
}

export interface SigningKeyPair extends VerificationKey {
  /** The shared secret of an HS256 key. */
  readonly secret?: KeyObject;
}

/** A decrypted key pair. */
export interface OpenPair {
  readonly state: KeyState;
  readonly signing: SigningKeyPair;
  readonly verifying: VerificationKey;
  /** The public key as in the JWKS (RFC 7517). */
  readonly published: JWK;
}

/**
 * Returns the keys that private keys are sealed with.
 * @param secrets `JWT_SECRET_KEY`, then the previous one while it is being replaced
 */
export function sealingKeys(secrets: readonly string[]): Buffer[] {
  return secrets.map((secret) => deriveKey(secret, 'private-keys'));
}

/** The parameters of new keys. */
export interface KeyMaker {
  readonly algorithm: PairAlgorithm;
  readonly sealing: readonly Buffer[];
}

/**
 * Generates a key pair with a sealed private key. Its id is its thumbprint (RFC 7638). An id that begins with "-" is
 * not used: a command line would take it for an option, and `keys retire` would fail in an emergency.
 */
export async function makePair({ algorithm, sealing }: KeyMaker, state: KeyState, now: Date): Promise<StoredKey> {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
  const publicJwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(publicJwk);
  if (kid.startsWith('-')) return makePair({ algorithm, sealing }, state, now);
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
 * Decrypts a stored key pair. The public key is derived from the sealed private key. Threat: an attacker who writes
 * another public key into the row gains nothing.
 * @throws Error for an operator if the row cannot be decrypted or does not match its id
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

/**
 * Returns the private key, sealed under the current secret.
 * @throws Error as {@link openPair}
 */
export function resealed(row: StoredKey, sealing: readonly Buffer[]): Buffer {
  return seal(open(row, sealing), sealing[0]!);
}

function open(row: StoredKey, sealing: readonly Buffer[]): Buffer {
  for (const key of sealing) {
    try {
      return unseal(Buffer.from(row.sealedPrivateJwk), key);
    } catch {
      // Sealed under another secret; the next one may open it.
    }
  }
  throw new Error(
    `The stored signing key ${row.kid} cannot be decrypted: it was stored with another JWT_SECRET_KEY. ` +
      'Start with the old secret, or set it as JWT_SECRET_KEY_PREVIOUS, then run "keys rewrap".',
  );
}

/** Returns the public members of a key (RFC 7518 sections 6.2.1 and 6.3.1, RFC 8037 section 2). */
function publicHalf({ kty, crv, x, y, n, e }: JWK): JWK {
  const members = { kty, crv, x, y, n, e };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
