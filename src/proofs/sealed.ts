import { deriveKey, digest, equal, random, seal, unseal } from '../kernel/secret.ts';
import { query, type Db } from '../store/database/database.ts';
import type { DatabaseTime } from '../store/database/database_time.ts';
import { SEALED, type SealedPurpose } from './purposes.ts';

/** A sealed proof that was opened: it is genuine, and may be used already. */
export interface OpenedProof {
  /** 128 random bits. */
  readonly id: string;
  /** The end of its time, in milliseconds since the epoch. */
  readonly until: number;
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * Proofs that strangers can ask for. They are handed out sealed instead of stored, and only their use is a row. Threat:
 * anyone can ask for any number of them.
 */
export interface SealedProofs {
  /**
   * Seals JSON for one purpose.
   * @param sealing the JSON, and a value that the presenter must show again; null if the proof is not bound
   * @param now milliseconds since the epoch
   */
  seal(purpose: SealedPurpose, sealing: Sealing, now: number): string;
  /** Opens a sealed proof; null if it is of another purpose, presenter or server, changed, or expired. */
  open(purpose: SealedPurpose, shown: ShownSeal, now: number): OpenedProof | null;
  /**
   * Uses a sealed proof, in the transaction that it permits. Returns false if it was used before or has expired.
   * @param until the end of its time, in milliseconds since the epoch
   */
  redeem(db: Db, purpose: SealedPurpose, proof: Pick<OpenedProof, 'id' | 'until'>): Promise<boolean>;
  /** Returns whether a sealed proof was used. Only {@link redeem} decides. */
  isRedeemed(db: Db, purpose: SealedPurpose, id: string): Promise<boolean>;
}

export interface Sealing {
  readonly data: Readonly<Record<string, unknown>>;
  readonly binding?: string | null;
}

export interface ShownSeal {
  readonly text: string;
  readonly binding?: string | null;
}

interface Sealed {
  readonly i: string;
  readonly u: number;
  /** The digest of the binding. */
  readonly b?: string;
  readonly d: Readonly<Record<string, unknown>>;
}

/** Longer than any sealed proof. Threat: a long text costs memory before it is refused. */
const LONGEST = 4096;
const TEXT = /^[A-Za-z0-9_-]+$/;
/** The clocks of replicas differ: the row of a use is kept beyond the time of the proof. */
const KEPT_MS = 3_600_000;

export function createSealedProofs(secrets: readonly string[], time: DatabaseTime): SealedProofs {
  const keys = new Map(
    Object.keys(SEALED).map((purpose) => [purpose, secrets.map((secret) => deriveKey(secret, `proof:${purpose}`))]),
  );
  const keysOf = (purpose: SealedPurpose) => keys.get(purpose)!;

  return {
    seal(purpose, { data, binding = null }, now) {
      const sealed: Sealed = {
        i: random(16).toString('base64url'),
        u: now + SEALED[purpose].seconds * 1000,
        ...(binding === null ? {} : { b: digest(binding).toString('base64url') }),
        d: data,
      };
      return seal(Buffer.from(JSON.stringify(sealed)), keysOf(purpose)[0]!).toString('base64url');
    },

    open(purpose, { text, binding = null }, now) {
      if (text.length > LONGEST || !TEXT.test(text)) return null;
      const plain = unsealed(Buffer.from(text, 'base64url'), keysOf(purpose));
      if (!plain) return null;
      const { i: id, u: until, b: bound = '', d: data } = JSON.parse(plain.toString()) as Sealed;
      const shown = binding === null ? '' : digest(binding).toString('base64url');
      if (until <= now || !equal(Buffer.from(bound), Buffer.from(shown))) return null;
      return { id, until, data };
    },

    async redeem(db, purpose, { id, until }) {
      const now = time.expression();
      const inserted = await query(
        db,
        `insert into proofs (digest, purpose, data, created_at, expires_at, kept_until, used_at)
         select ?, ?, '{}', now.at, ?, ?, now.at from (select ${now.sql} as at) now where now.at < ?
         on conflict (digest) do nothing returning digest`,
        [useDigest(purpose, id), purpose, new Date(until), new Date(until + KEPT_MS), ...now.values, new Date(until)],
      );
      return inserted.length > 0;
    },

    async isRedeemed(db, purpose, id) {
      const rows = await query(db, 'select 1 as used from proofs where digest = ?', [useDigest(purpose, id)]);
      return rows.length > 0;
    },
  };
}

const useDigest = (purpose: SealedPurpose, id: string) => digest(`${purpose}\0${id}`);

function unsealed(sealed: Buffer, keys: readonly Buffer[]): Buffer | null {
  for (const key of keys) {
    try {
      return unseal(sealed, key);
    } catch {
      // Sealed under the other secret, for another purpose, or not by this server.
    }
  }
  return null;
}
