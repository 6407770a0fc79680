import { createHmac } from 'node:crypto';
import { deriveKey, digest, equal, random } from '../kernel/secret.ts';
import { query, type Db } from '../store/database/database.ts';
import type { DatabaseTime } from '../store/database/database_time.ts';
import { ProofEntity } from './proof.entity.ts';
import { type ProofPurpose, STORED, type StoredPurpose } from './purposes.ts';
import { createSealedProofs, type SealedProofs } from './sealed.ts';

/** The terms of a new proof. It is worthless for another purpose, account, client or presenter. */
export interface NewProof {
  readonly purpose: StoredPurpose;
  readonly userId: string;
  /** The registered client that must present it; null or missing for none. */
  readonly clientId?: string | null | undefined;
  /** A value that the presenter must show again, such as the browser's cookie; null or missing if the proof is not bound. */
  readonly binding?: string | null | undefined;
  /** JSON that is returned at the use. It must not contain a secret. */
  readonly data?: Readonly<Record<string, unknown>>;
  /** Makes a short code too, for a person who types it together with the name of the account. */
  readonly withCode?: boolean;
  /** Keeps the row so long after the use, in seconds, to recognise a second use; a day by default. */
  readonly keptSeconds?: number;
}

export interface MadeProof {
  /** 256 random bits, base64url. Returned only here; the row has a digest. */
  readonly token: string;
  /** Eight characters; null without `withCode`. */
  readonly code: string | null;
  readonly expiresAt: Date;
}

/** A token as it was presented, and by whom. */
export interface PresentedProof {
  readonly purpose: StoredPurpose;
  readonly token: string;
  readonly clientId?: string | null | undefined;
  readonly binding?: string | null | undefined;
}

/** A code as it was typed, and the account that was named with it. */
export interface TypedCode {
  readonly purpose: StoredPurpose;
  readonly userId: string;
  readonly code: string;
}

/** A stored proof. */
export interface Proof {
  /** The key of the row. */
  readonly id: Buffer;
  readonly userId: string;
  readonly clientId: string | null;
  readonly data: Readonly<Record<string, unknown>>;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly usedAt: Date | null;
}

/**
 * The one primitive for everything that is used once. The caller checks again, under the account's lock, all that was
 * true when the proof was made.
 */
export interface Proofs extends SealedProofs {
  /** Stores a proof, in the transaction that permits it. */
  make(db: Db, proof: NewProof): Promise<MadeProof>;
  /** Returns the row of a token, also if it is used, expired or presented by somebody else; null if there is none. */
  find(db: Db, shown: Pick<PresentedProof, 'purpose' | 'token'>): Promise<Proof | null>;
  /**
   * Counts one attempt at a proof and returns it; null if it is unknown, used, expired, bound to another presenter, or
   * without attempts left. The attempt is counted before its outcome is known. Threat: a hundred parallel guesses must
   * get no further than five in a row. Commit it even if the guess is wrong.
   */
  attempt(db: Db, shown: PresentedProof): Promise<Proof | null>;
  /** Does the same by a typed code: every open proof of the account and purpose loses an attempt. */
  attemptCode(db: Db, shown: TypedCode): Promise<Proof | null>;
  /**
   * Returns whether a code is that of a proof, without counting an attempt: for the presenter of its token, which cannot
   * be guessed.
   */
  confirms(db: Db, proof: Pick<Proof, 'id'>, shown: TypedCode): Promise<boolean>;
  /** Returns the open proofs of an account and purpose. */
  openOf(db: Db, userId: string, purpose: StoredPurpose): Promise<Proof[]>;
  /** Consumes a proof, in the transaction that it permits. Returns false if another one did, or if it expired. */
  use(db: Db, proof: Pick<Proof, 'id'>): Promise<boolean>;
  /**
   * Consumes the proof of a token, also if its attempts are spent: they bound guesses at codes, and 256 bits cannot be
   * guessed. Returns null if it is unknown, used, expired or bound to another presenter.
   */
  useToken(db: Db, shown: PresentedProof): Promise<Proof | null>;
  /** Voids the open proofs of an account: all of them, or those of some purposes. Returns their number. */
  endAll(db: Db, userId: string, purposes?: readonly StoredPurpose[]): Promise<number>;
  /** Removes every row of a deleted account, because `data` may have an address. */
  erase(db: Db, userId: string): Promise<void>;
}

/** The characters of a code: Crockford's alphabet has no letter that reads as another one or as a digit. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const CODE_LENGTH = 8;
const KEPT_SECONDS = 86_400;

interface Row {
  readonly id: Buffer;
  readonly user_id: string;
  readonly client_id: string | null;
  readonly data: Readonly<Record<string, unknown>> | string;
  readonly created_at: string | Date;
  readonly expires_at: string | Date;
  readonly used_at: string | Date | null;
  readonly matches?: boolean;
}

const COLUMNS = 'digest as id, user_id, client_id, data, created_at, expires_at, used_at';

/**
 * Creates the proofs.
 * @param secrets `JWT_SECRET_KEY`, then the previous one while it is being replaced
 * @param time the clock of expiries: PostgreSQL's, which all replicas share, unless a test replaces it
 */
export function createProofs(secrets: readonly string[], time: DatabaseTime): Proofs {
  const codeKeys = secrets.map((secret) => deriveKey(secret, 'proof-code'));

  /** Threat: 40 bits can be searched in a stolen database, so that a plain digest of a code would be the code. */
  const codeDigests = (purpose: StoredPurpose, userId: string, code: string) =>
    codeKeys.map((key) => createHmac('sha256', key).update(`${purpose}\0${userId}\0${code}`).digest());

  return {
    ...createSealedProofs(secrets, time),

    async make(db, { purpose, userId, clientId, binding, data = {}, withCode, keptSeconds = KEPT_SECONDS }) {
      const token = random(32).toString('base64url');
      const code = withCode ? randomCode() : null;
      const now = await time.now(db);
      const expiresAt = new Date(now.getTime() + STORED[purpose].seconds * 1000);
      db.persist(
        db.create(ProofEntity, {
          digest: digestOf(purpose, token),
          purpose,
          userId,
          clientId: clientId ?? null,
          binding: bindingDigest(binding),
          codeDigest: code === null ? null : codeDigests(purpose, userId, code)[0]!,
          data,
          attempts: 0,
          createdAt: now,
          expiresAt,
          keptUntil: new Date(expiresAt.getTime() + keptSeconds * 1000),
          usedAt: null,
        }),
      );
      return { token, code: code && `${code.slice(0, 4)}-${code.slice(4)}`, expiresAt };
    },

    async find(db, { purpose, token }) {
      const [row] = await query<Row>(db, `select ${COLUMNS} from proofs where digest = ? and user_id is not null`, [
        digestOf(purpose, token),
      ]);
      return toProof(row);
    },

    async confirms(db, { id }, { purpose, userId, code }) {
      const [row] = await query<{ code_digest: Uint8Array | null }>(
        db,
        'select code_digest from proofs where digest = ?',
        [id],
      );
      const stored = row?.code_digest;
      return (
        stored != null && codeDigests(purpose, userId, normalCode(code)).some((one) => equal(one, Buffer.from(stored)))
      );
    },

    async openOf(db, userId, purpose) {
      const now = time.expression();
      const rows = await query<Row>(
        db,
        `select ${COLUMNS} from proofs where user_id = ? and purpose = ? and used_at is null and expires_at > ${now.sql}`,
        [userId, purpose, ...now.values],
      );
      return rows.flatMap((row) => toProof(row) ?? []);
    },

    async attempt(db, { purpose, token, clientId, binding }) {
      const now = time.expression();
      const [row] = await query<Row>(
        db,
        `update proofs set attempts = attempts + 1
         where digest = ? and used_at is null and expires_at > ${now.sql} and attempts < ?
           and client_id is not distinct from ? and binding is not distinct from ?
         returning ${COLUMNS}`,
        [digestOf(purpose, token), ...now.values, STORED[purpose].attempts, clientId ?? null, bindingDigest(binding)],
      );
      return toProof(row);
    },

    async attemptCode(db, { purpose, userId, code }) {
      const now = time.expression();
      const digests = codeDigests(purpose, userId, normalCode(code));
      const rows = await query<Row>(
        db,
        `update proofs set attempts = attempts + 1
         where user_id = ? and purpose = ? and code_digest is not null
           and used_at is null and expires_at > ${now.sql} and attempts < ?
         returning ${COLUMNS}, code_digest in (${digests.map(() => '?').join(', ')}) as matches`,
        [userId, purpose, ...now.values, STORED[purpose].attempts, ...digests],
      );
      return toProof(rows.find(({ matches }) => matches));
    },

    async use(db, { id }) {
      const now = time.expression();
      const used = await query(
        db,
        `update proofs set used_at = ${now.sql}
         where digest = ? and used_at is null and expires_at > ${now.sql} returning digest`,
        [...now.values, id, ...now.values],
      );
      return used.length > 0;
    },

    async useToken(db, { purpose, token, clientId, binding }) {
      const now = time.expression();
      const [row] = await query<Row>(
        db,
        `update proofs set used_at = ${now.sql}
         where digest = ? and used_at is null and expires_at > ${now.sql}
           and client_id is not distinct from ? and binding is not distinct from ?
         returning ${COLUMNS}`,
        [...now.values, digestOf(purpose, token), ...now.values, clientId ?? null, bindingDigest(binding)],
      );
      return toProof(row);
    },

    async endAll(db, userId, purposes) {
      // Rows that this transaction made are still to be written.
      await db.flush();
      const now = time.expression();
      const ended = await query(
        db,
        `update proofs set used_at = ${now.sql}
         where user_id = ? and used_at is null ${purposes ? `and purpose in (${purposes.map(() => '?').join(', ')})` : ''}
         returning digest`,
        [...now.values, userId, ...(purposes ?? [])],
      );
      return ended.length;
    },

    async erase(db, userId) {
      await query(db, 'delete from proofs where user_id = ?', [userId]);
    },
  };
}

/** Returns the digest of a token. The purpose is part of it, so that a token of one purpose is unknown to another. */
export function digestOf(purpose: ProofPurpose, token: string): Buffer {
  return digest(`${purpose}\0${token}`);
}

const bindingDigest = (binding: string | null | undefined) => (binding == null ? null : digest(binding));

function randomCode(): string {
  return Array.from(random(CODE_LENGTH), (byte) => ALPHABET[byte % ALPHABET.length]).join('');
}

/** Returns a typed code as it was made: letters that read alike, the case and separators do not matter. */
function normalCode(typed: string): string {
  return typed.normalize('NFKC').toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1');
}

function toProof(row: Row | undefined): Proof | null {
  if (!row) return null;
  return {
    id: Buffer.from(row.id),
    userId: row.user_id,
    clientId: row.client_id,
    data: typeof row.data === 'string' ? (JSON.parse(row.data) as Row['data'] & object) : row.data,
    createdAt: new Date(row.created_at),
    expiresAt: new Date(row.expires_at),
    usedAt: row.used_at === null ? null : new Date(row.used_at),
  };
}
