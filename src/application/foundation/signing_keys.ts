import { type AuditType, record } from '../../audit/audit.ts';
import { type Invocation, SYSTEM } from '../../kernel/actor.ts';
import { type Clock } from '../../kernel/clock.ts';
import { conflict, invalidInput, Refusal } from '../../kernel/errors.ts';
import type { Database } from '../../store/database/database.ts';
import type { JwsAlgorithm } from '../../kernel/jws.ts';
import { type KeyMaker, resealed, sealingKeys } from '../../keys/key_pair.ts';
import {
  advanceKeys,
  age,
  completeKeys,
  findKeys,
  forgetKeys,
  keyIn,
  type LockedKeys,
  lockKeys,
  PUBLISHED_SECONDS,
} from '../../keys/key_states.ts';
import type { SigningKey } from '../../keys/signing_key.entity.ts';
import { rewrapMails } from '../../mail/rewrap.ts';
import { rewrapTotpSecrets } from '../../credentials/totp/rewrap.ts';

/**
 * The life of the key pairs that sign access tokens: next (published), current (signs), retiring (verifies), gone.
 * Every change is audited.
 * @throws SERVICE_UNAVAILABLE if the database is away
 * @throws Error with a message for the operator if a stored key cannot be decrypted
 */
export interface SigningKeys {
  /** Creates missing keys at the start. HS256 needs none. */
  prepare(): Promise<void>;
  list(): Promise<SigningKey[]>;
  /**
   * Makes the next key the current one.
   * @throws CONFLICT while caches may not have the next key, unless `hurry` is true
   * @throws BAD_USER_INPUT with HS256, whose key is the secret itself
   */
  rotate(by: Invocation, hurry?: boolean): Promise<void>;
  /** Rotates if the current key is at least this old, and the next one has been published long enough. */
  rotateAfter(days: number): Promise<void>;
  /**
   * Removes a key at once. Its tokens become invalid. If it was the current key, the next one replaces it.
   * @throws BAD_USER_INPUT for an unknown id
   */
  retire(kid: string, by: Invocation): Promise<void>;
  /**
   * Encrypts every private key and every authenticator secret with the current secret, so that the previous one is not
   * needed.
   */
  rewrap(by: Invocation): Promise<Rewrapped>;
  /** Removes the keys whose last tokens have expired. */
  clean(): Promise<void>;
}

/** The numbers of what was encrypted anew. */
export interface Rewrapped {
  readonly keys: number;
  /** Only those that were encrypted with another secret. */
  readonly totpSecrets: number;
}

/** The stored keys in the transaction that changes and audits them. */
interface KeyChange extends LockedKeys {
  note(type: AuditType, key?: SigningKey): void;
}

const DAY_SECONDS = 86_400;
const ITSELF: Invocation = { actor: SYSTEM, request: { address: 'localhost', userAgent: null, requestId: 'server' } };

export function createSigningKeys(
  { database, clock }: { readonly database: Database; readonly clock: Clock },
  { secrets, algorithm }: { readonly secrets: readonly string[]; readonly algorithm: JwsAlgorithm },
): SigningKeys {
  const sealing = sealingKeys(secrets);
  const now = () => new Date(clock());

  /** Runs and audits one change of the keys, under their lock. */
  async function alter<T>(by: Invocation, work: (change: KeyChange) => Promise<T>): Promise<T> {
    return database.transaction(async (db) => {
      const at = now();
      const note = (type: AuditType, key?: SigningKey) =>
        record(db, { type, subject: `key:${key?.kid ?? '*'}`, detail: key && { alg: key.algorithm }, at }, by);
      return work({ keys: await lockKeys(db), db, at, note });
    });
  }

  function pairs(): KeyMaker {
    if (algorithm === 'HS256') {
      throw new Refusal('NO_KEY_PAIRS');
    }
    return { algorithm, sealing };
  }

  async function advance({ keys, db, at, note }: KeyChange) {
    const next = keyIn(keys, 'next', algorithm)!;
    const { made, removed } = await advanceKeys({ db, keys, at }, pairs());
    note('key.rotated', next);
    removed.forEach((key) => note('key.retired', key));
    note('key.created', made);
  }

  return {
    async prepare() {
      if (algorithm === 'HS256') return;
      await alter(ITSELF, async ({ keys, db, at, note }) => {
        const made = await completeKeys({ db, keys, at }, pairs());
        made.forEach((key) => note('key.created', key));
      });
    },

    list: () => database.run(findKeys),

    async rotate(by, hurry = false) {
      const maker = pairs();
      await alter(by, async ({ keys, db, at, note }) => {
        const made = await completeKeys({ db, keys, at }, maker);
        made.forEach((key) => note('key.created', key));
        const known = await findKeys(db);
        const wait = PUBLISHED_SECONDS - age(keyIn(known, 'next', algorithm)!.stateSince, at);
        if (wait > 0 && !hurry) {
          throw conflict({ field: 'now', code: 'TOO_EARLY', seconds: Math.ceil(wait) });
        }
        await advance({ keys: known, db, at, note });
      });
    },

    async rotateAfter(days) {
      if (algorithm === 'HS256') return;
      await alter(ITSELF, async ({ keys, db, at, note }) => {
        const [current, next] = [keyIn(keys, 'current', algorithm), keyIn(keys, 'next', algorithm)];
        if (!current || !next || age(current.stateSince, at) < days * DAY_SECONDS) return;
        if (age(next.stateSince, at) >= PUBLISHED_SECONDS) await advance({ keys, db, at, note });
      });
    },

    retire: (kid, by) =>
      alter(by, async ({ keys, db, at, note }) => {
        const key = keys.find((one) => one.kid === kid);
        if (!key) throw invalidInput({ field: 'kid', code: 'NOT_FOUND' });
        note('key.retired', key);
        db.remove(key);
        await db.flush();
        if (key.algorithm !== algorithm || key.state === 'retiring') return;
        const made = await completeKeys({ db, keys: await findKeys(db), at }, pairs());
        made.forEach((one) => note('key.created', one));
      }),

    async rewrap(by) {
      const totpSecrets = await rewrapTotpSecrets(database, secrets);
      await rewrapMails(database, secrets);
      return alter(by, async ({ keys, note }) => {
        for (const key of keys) key.sealedPrivateJwk = resealed(key, sealing);
        if (keys.length + totpSecrets > 0) note('keys.rewrapped');
        return { keys: keys.length, totpSecrets };
      });
    },

    async clean() {
      await alter(ITSELF, async ({ keys, db, at, note }) => {
        const gone = await forgetKeys(db, keys, at);
        gone.forEach((key) => note('key.retired', key));
      });
    },
  };
}
