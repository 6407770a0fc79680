import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import { type Clock } from '../kernel/clock.ts';
import { deriveKey, digest, seal, unseal } from '../kernel/secret.ts';
import { type Database, lockAcrossReplicas } from '../store/database.ts';
import { type SigningKey, SigningKeyEntity } from './signing_key.entity.ts';

export type Algorithm = 'HS256' | 'RS256' | 'ES256' | 'EdDSA';

/** jose's own key type: imported once, because importing costs more than verifying. */
type CryptoKey = Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];

export interface VerificationKey {
  readonly kid: string;
  /** The one algorithm this key is for. A token that names another is refused, whatever its header says. */
  readonly algorithm: Algorithm;
  readonly key: CryptoKey;
}

export interface Keys {
  /** What new tokens are signed with. */
  readonly signing: VerificationKey;
  /** Every key that still counts, by key id. */
  verifying(kid: string): VerificationKey | undefined;
  readonly algorithms: readonly Algorithm[];
  /** The public halves (RFC 7517). A shared secret is never among them. */
  readonly jwks: { readonly keys: readonly JWK[] };
}

const ACCESS_TOKEN = 'access-token';
const PRIVATE_KEYS = 'private-keys';

/**
 * The keys of access tokens. HS256 keys are derived from the secrets and stored nowhere; an asymmetric pair is made
 * once and kept in the database, so that replicas and restarts share it.
 * @param secrets `JWT_SECRET_KEY`, then the previous one while it is being replaced
 * Throws a plain Error, fit for an operator, where a stored key does not open under any of the secrets.
 */
export async function loadKeys(
  database: Database,
  secrets: readonly string[],
  algorithm: Algorithm,
  clock: Clock,
): Promise<Keys> {
  const shared = await Promise.all(secrets.map((secret) => sharedKey(deriveKey(secret, ACCESS_TOKEN))));
  const sealing = secrets.map((secret) => deriveKey(secret, PRIVATE_KEYS));
  const rows = await storedKeys(database, sealing, algorithm, clock);
  const pairs = await Promise.all(rows.map((row) => openPair(row, sealing)));

  const signing =
    algorithm === 'HS256' ? shared[0] : pairs.find((pair) => pair.signing.algorithm === algorithm)?.signing;
  if (!signing) throw new Error(`No signing key for ${algorithm}`);
  const all = [...shared, ...pairs.map((pair) => pair.verifying)];
  const byId = new Map(all.map((key) => [key.kid, key]));
  return {
    signing,
    verifying: (kid) => byId.get(kid),
    algorithms: [...new Set(all.map((key) => key.algorithm))],
    jwks: { keys: pairs.map((pair) => pair.published) },
  };
}

/** Reads the stored keys, making the one that is asked for where there is none. */
async function storedKeys(
  database: Database,
  sealing: readonly Buffer[],
  algorithm: Algorithm,
  clock: Clock,
): Promise<SigningKey[]> {
  return database.transaction(async (db) => {
    await lockAcrossReplicas(db, 'signing-keys');
    const rows = await db.find(SigningKeyEntity, {}, { orderBy: { createdAt: 'desc' } });
    if (algorithm !== 'HS256' && !rows.some((row) => row.algorithm === algorithm)) {
      const made = db.create(SigningKeyEntity, await makePair(algorithm, sealing, clock));
      db.persist(made);
      rows.unshift(made);
    }
    return rows;
  });
}

async function makePair(algorithm: Exclude<Algorithm, 'HS256'>, sealing: readonly Buffer[], clock: Clock) {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
  const publicJwk = await exportJWK(publicKey);
  return {
    kid: await calculateJwkThumbprint(publicJwk),
    algorithm,
    publicJwk: publicJwk as Record<string, string>,
    sealedPrivateJwk: seal(Buffer.from(JSON.stringify(await exportJWK(privateKey))), sealing[0]!),
    createdAt: new Date(clock()),
  };
}

async function openPair(row: SigningKey, sealing: readonly Buffer[]) {
  const { kid, publicJwk } = row;
  const algorithm = row.algorithm as Algorithm;
  const published = { ...publicJwk, kid, alg: algorithm, use: 'sig' } as JWK;
  const privateJwk = JSON.parse(openAny(row, sealing).toString()) as JWK;
  return {
    published,
    verifying: { kid, algorithm, key: (await importJWK(publicJwk, algorithm)) as CryptoKey },
    signing: { kid, algorithm, key: (await importJWK(privateJwk, algorithm)) as CryptoKey },
  };
}

function openAny(row: SigningKey, sealing: readonly Buffer[]): Buffer {
  for (const key of sealing) {
    try {
      return unseal(Buffer.from(row.sealedPrivateJwk), key);
    } catch {
      // Sealed under another secret: the next one may open it.
    }
  }
  throw new Error(
    `The stored signing key ${row.kid} does not open: JWT_SECRET_KEY is not the secret it was stored under. ` +
      'Start with the old secret, or with the old one as JWT_SECRET_KEY_PREVIOUS.',
  );
}

async function sharedKey(bytes: Buffer): Promise<VerificationKey> {
  const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify']);
  // The id tells keys apart without telling anything of them: a digest of the derived key, under a label of its own.
  return { kid: digest(deriveKey(bytes, 'key-id')).toString('hex').slice(0, 16), algorithm: 'HS256', key };
}
