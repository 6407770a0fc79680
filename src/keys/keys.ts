import type { JWK } from 'jose';
import type { Clock } from '../kernel/clock.ts';
import { Refusal } from '../kernel/errors.ts';
import type { Database } from '../store/database/database.ts';
import { type Algorithm, openPair, sealingKeys, type SigningKey, type VerificationKey } from './key_pair.ts';
import { findKeys } from './key_states.ts';
import { findEnds, noteSigned, type SharedKey, sharedKeyOf } from './shared_keys.ts';

/**
 * `old`: the stored keys could not be read for a while, so that one taken out of use may still count here. `kept`: a
 * replica of another ALGORITHM has rotated ours away, and we sign on with it.
 */
export type KeysStanding = 'current' | 'kept' | 'old';

export interface Keys {
  /** What new tokens are signed with. */
  readonly signing: SigningKey;
  /**
   * Notes that HS256 signs, where it does, before a token leaves: replicas of another ALGORITHM verify its tokens by that
   * note, and nothing without one. Never throws: it is made again with the next token.
   * @param until when the token counts no more, in milliseconds since the epoch
   */
  noteSigning(until: number): Promise<void>;
  /**
   * The key of an id, if it still counts. One that is not known is looked for in the database: a replica may have
   * begun to sign with it a moment ago. Throws SERVICE_UNAVAILABLE where that cannot be found out.
   */
  verifying(kid: string): VerificationKey | undefined | Promise<VerificationKey | undefined>;
  /** Whether the key of an id is known, and still counts. */
  counts(kid: string): boolean;
  /** The public halves (RFC 7517) of what signs, will sign, and has signed. A shared secret is never among them. */
  readonly jwks: { readonly keys: readonly JWK[] };
  standing(): KeysStanding;
  /** Reads the stored keys. What it throws changes nothing: those known before go on. */
  refresh(): Promise<void>;
  /** Refreshes every {@link REFRESH_MS}; answers how to stop it. */
  watch(onFault: (error: unknown) => void): () => void;
}

/** As far as a replica may be behind: a key that was taken out of use counts nowhere after this. */
export const REFRESH_MS = 15_000;
/** Readings may fail for so long: the database's own outages are told elsewhere. */
const OLD_MS = 4 * REFRESH_MS;
/** Whoever sends made-up key ids has the database asked so often and no more. */
const SEARCH_MS = 1_000;
const THUMBPRINT = /^[\w-]{43}$/;

/** What a replica knows of the keys. */
interface Ring {
  readonly signing: SigningKey;
  /** Whether it is ours no more, and none is there to follow it. */
  readonly kept: boolean;
  /** By the process's own clock. */
  readonly readAt: number;
  readonly byId: ReadonlyMap<string, VerificationKey>;
  /** Until when keys of HS256 verify that sign no more here, by their ids; milliseconds since the epoch. */
  readonly ends: ReadonlyMap<string, number>;
  readonly jwks: { readonly keys: readonly JWK[] };
}

/**
 * The keys of access tokens. HS256 keys are derived from the secrets and stored nowhere: one verifies while ALGORITHM is
 * HS256, and for as long after it signed as its last tokens live. Pairs are in the database.
 * @param secrets `JWT_SECRET_KEY`, then the previous one while it is being replaced
 * Throws a plain Error, fit for an operator, where a stored key does not open under any of the secrets.
 */
export async function openKeys(
  database: Pick<Database, 'run'>,
  secrets: readonly string[],
  algorithm: Algorithm,
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
    // Replicas of another ALGORITHM rotated ours away: it verifies for as long as what it signs lasts.
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

  /** The key of an id, if it counts at this moment. */
  function find(kid: string): VerificationKey | undefined {
    if (sharedIds.has(kid) && kid !== ours?.kid && !((ring.ends.get(kid) ?? 0) > clock())) return undefined;
    return ring.byId.get(kid);
  }

  let noted = -Infinity;
  /** One at a time, or each of a hundred sign-ins at once would write the row. */
  let noting: Promise<void> | undefined;
  async function note(key: SharedKey, until: number): Promise<void> {
    try {
      noted = await database.run((db) => noteSigned(db, key, until));
    } catch {
      // PostgreSQL has just let this sign-in in, and other replicas may have noted it.
    } finally {
      noting = undefined;
    }
  }

  async function search(kid: string): Promise<VerificationKey | undefined> {
    // Either way: a clock that was set back must not put it off.
    if (!underWay && Math.abs(clock() - searchedAt) >= SEARCH_MS) {
      [underWay, searchedAt] = [true, clock()];
      searched = refresh().finally(() => (underWay = false));
    }
    // Also who comes after one that failed: what could not be found out is not "no".
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
    standing() {
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
