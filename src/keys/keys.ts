import type { JWK } from 'jose';
import type { Clock } from '../kernel/clock.ts';
import { Refusal } from '../kernel/errors.ts';
import type { Database } from '../store/database/database.ts';
import type { JwsAlgorithm } from '../kernel/jws.ts';
import { openPair, sealingKeys, type SigningKeyPair, type VerificationKey } from './key_pair.ts';
import { findKeys } from './key_states.ts';
import { findEnds, noteSigned, type SharedKey, sharedKeyOf } from './shared_keys.ts';

/**
 * The state of the known keys:
 * - `current`: they are up to date.
 * - `kept`: a replica with another ALGORITHM retired this replica's key, which still signs here.
 * - `old`: the stored keys could not be read for a while. A key that was retired may still be accepted here.
 */
export type KeysStatus = 'current' | 'kept' | 'old';

export interface Keys {
  /** The key that signs new tokens. */
  readonly signing: SigningKeyPair;
  /**
   * Records that HS256 signs, before the token is sent. Replicas with another ALGORITHM accept HS256 tokens only by
   * that record. Never throws: the next token records it again.
   * @param until the expiry of the token, in milliseconds since the epoch
   */
  noteSigning(until: number): Promise<void>;
  /**
   * Returns the key of an id if it is valid. An unknown id is looked up in the database, because a replica may just
   * have begun to sign with it.
   * @throws Refusal SERVICE_UNAVAILABLE if it cannot be looked up
   */
  verifying(kid: string): VerificationKey | undefined | Promise<VerificationKey | undefined>;
  /** Returns whether the key of an id is known and valid. */
  counts(kid: string): boolean;
  /** The public keys (RFC 7517) that sign, will sign, or have signed. A shared secret is never among them. */
  readonly jwks: { readonly keys: readonly JWK[] };
  status(): KeysStatus;
  /** Reads the stored keys. If that fails, the known keys stay. */
  refresh(): Promise<void>;
  /** Refreshes every {@link REFRESH_MS}. Returns a function that stops it. */
  watch(onFault: (error: unknown) => void): () => void;
}

/** The longest lag of a replica, in milliseconds. A retired key is accepted nowhere after that. */
export const REFRESH_MS = 15_000;
/** Milliseconds of failed reads until the keys are reported as old. Outages of the database are reported elsewhere. */
const OLD_MS = 4 * REFRESH_MS;
/** Milliseconds between two look-ups. Threat: tokens with invented key ids would cause a query each. */
const SEARCH_MS = 1_000;
const THUMBPRINT = /^[\w-]{43}$/;

/** The keys that a replica knows. */
interface Ring {
  readonly signing: SigningKeyPair;
  /** True if this replica's key was retired and no key follows it. */
  readonly kept: boolean;
  /** The time of the read, by the process's monotonic clock. */
  readonly readAt: number;
  readonly byId: ReadonlyMap<string, VerificationKey>;
  /** The time until which each HS256 key that does not sign here verifies, by key id; milliseconds since the epoch. */
  readonly ends: ReadonlyMap<string, number>;
  readonly jwks: { readonly keys: readonly JWK[] };
}

/**
 * Opens the keys of access tokens. Key pairs are stored in the database. HS256 keys are derived from the secrets and
 * stored nowhere: such a key verifies while ALGORITHM is HS256, and afterwards until its last tokens expire.
 * @param secrets `JWT_SECRET_KEY`, then the previous one while it is being replaced
 * @throws Error for an operator if a stored key cannot be decrypted with any of the secrets
 */
export async function openKeys(
  database: Pick<Database, 'run'>,
  { secrets, algorithm }: { readonly secrets: readonly string[]; readonly algorithm: JwsAlgorithm },
  clock: Clock,
): Promise<Keys> {
  const shared = await Promise.all(secrets.map(sharedKeyOf));
  const sharedIds = new Set(shared.map(({ kid }) => kid));
  const ours: SharedKey | undefined = algorithm === 'HS256' ? shared[0] : undefined;
  const sealing = sealingKeys(secrets);

  async function read(before?: Ring): Promise<Ring> {
    const readAt = performance.now();
    const [rows, ends] = await database.run(async (db) => [await findKeys(db), await findEnds(db, shared)] as const);
    const pairs = await Promise.all(rows.map((row) => openPair(row, sealing)));
    const current = pairs.find(({ state, signing }) => state === 'current' && signing.algorithm === algorithm);
    const signing = ours ?? current?.signing;
    // A replica with another ALGORITHM retired this replica's key. It verifies for as long as the tokens that it signs.
    const kept = signing ?? before?.signing;
    if (!kept) throw new Error(`No signing key for ${algorithm}`);
    const all = [...shared, ...pairs.map((pair) => pair.verifying)];
    return {
      signing: kept,
      kept: signing === undefined,
      readAt,
      byId: new Map(all.map((key) => [key.kid, key])),
      ends,
      jwks: { keys: pairs.map((pair) => pair.published) },
    };
  }

  let ring = await read();
  let searchedAt = -Infinity;
  let underWay = false;
  let searched: Promise<void> | undefined;
  const refresh = async () => void (ring = await read(ring));

  /** Returns the key of an id if it is valid now. */
  function find(kid: string): VerificationKey | undefined {
    if (sharedIds.has(kid) && kid !== ours?.kid && !((ring.ends.get(kid) ?? 0) > clock())) return undefined;
    return ring.byId.get(kid);
  }

  let noted = -Infinity;
  /** One at a time. Otherwise each of a hundred concurrent sign-ins would write the row. */
  let noting: Promise<void> | undefined;
  async function note(key: SharedKey, until: number): Promise<void> {
    try {
      noted = await database.run((db) => noteSigned(db, key, until));
    } catch {
      // Ignored: PostgreSQL has just accepted this sign-in, and other replicas may have recorded it.
    } finally {
      noting = undefined;
    }
  }

  async function search(kid: string): Promise<VerificationKey | undefined> {
    // The absolute difference: a clock that was set back must not delay the look-up.
    if (!underWay && Math.abs(clock() - searchedAt) >= SEARCH_MS) {
      [underWay, searchedAt] = [true, clock()];
      searched = refresh().finally(() => (underWay = false));
    }
    // Callers that join a failed look-up fail as well: an unknown result must not count as an invalid key.
    await searched?.catch((error: unknown) => {
      throw error instanceof Refusal ? error : new Refusal('SERVICE_UNAVAILABLE', { cause: error });
    });
    return find(kid);
  }

  return {
    get signing() {
      return ring.signing;
    },
    async noteSigning(until) {
      if (ours && noted < until) await (noting ??= note(ours, until));
    },
    verifying: (kid) => find(kid) ?? (THUMBPRINT.test(kid) || sharedIds.has(kid) ? search(kid) : undefined),
    counts: (kid) => find(kid) !== undefined,
    get jwks() {
      return ring.jwks;
    },
    status() {
      if (performance.now() - ring.readAt > OLD_MS) return 'old';
      return ring.kept ? 'kept' : 'current';
    },
    refresh,
    watch(onFault) {
      const timer = setInterval(() => void refresh().catch(onFault), REFRESH_MS).unref();
      return () => clearInterval(timer);
    },
  };
}
