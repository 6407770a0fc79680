import { LockMode } from '@mikro-orm/core';
import { query, type Db } from '../../store/database/database.ts';
import type { DatabaseTime } from '../../store/database/database_time.ts';
import { describeEnrolment, type TotpEnrolment } from './enrolment.ts';
import { guessesHeldFor, recentGuesses } from './guess_budget.ts';
import { newSecret, stepOfCode } from './one_time_code.ts';
import { openSecret, resealRow, sealSecret, totpKeys } from './sealed_secret.ts';
import { type TotpSecret, TotpSecretEntity } from './totp_secret.entity.ts';

/** The account and the session that set up an authenticator. */
export interface TotpOwner {
  readonly userId: string;
  readonly sessionId: string;
}

/** A code that was entered to prove the factor. */
export interface TotpGuess {
  readonly userId: string;
  readonly code: string;
  /** True for a device that the account's user had signed in from. */
  readonly known: boolean;
}

/** The result of a code. */
export type TotpVerdict =
  | { readonly kind: 'right' }
  | { readonly kind: 'wrong' }
  /** The account has no authenticator. */
  | { readonly kind: 'none' }
  /** Too many wrong codes; this one was not looked at. */
  | { readonly kind: 'held'; readonly forMs: number };

/**
 * Authenticator apps (RFC 6238). The caller has the account's lock. Every method takes the lock of the row as well, so
 * that two replicas accept a code once. PostgreSQL's clock decides which codes are accepted.
 */
export interface Totp {
  /** Makes a secret. It replaces one that was not confirmed, and a confirmed one as soon as it is confirmed itself. */
  start(db: Db, owner: TotpOwner): Promise<Buffer>;
  /** Returns what the app of a user needs of a secret. It takes milliseconds, so no transaction should wait for it. */
  describe(secret: Buffer, username: string): TotpEnrolment;
  /**
   * Confirms the secret that the same session made. Threat: another session could guess the first code, and be given
   * the recovery codes.
   * @returns false for a wrong code, after too many of them, and if there is no secret to confirm
   */
  confirm(db: Db, owner: TotpOwner & { readonly code: string }): Promise<boolean>;
  /** Verifies a code of the confirmed secret and spends it, or counts a failure. Commit it whatever the verdict. */
  verify(db: Db, guess: TotpGuess): Promise<TotpVerdict>;
  /** Removes the secrets of an account. @returns false if it had no confirmed one */
  remove(db: Db, userId: string): Promise<boolean>;
  /** Forgets the wrong codes of an account, when an admin unlocks it. */
  forgive(db: Db, userId: string): Promise<void>;
}

/** The time in which a new secret must be confirmed. */
const PENDING_MS = 30 * 60_000;
/** Wrong codes after which a new secret is dropped. Its owner starts again. */
const PENDING_FAILURES = 10;

/**
 * Creates the functions of authenticator apps.
 * @param secrets `JWT_SECRET_KEY`, then the previous one while it is being replaced
 * @param issuer the issuer of access tokens, by whose host an app lists the account
 */
export function createTotp(secrets: readonly string[], issuer: string, time: DatabaseTime): Totp {
  const keys = totpKeys(secrets);
  const current = keys[0]!;

  return {
    async start(db, { userId, sessionId }) {
      const row = (await lockRow(db, userId)) ?? newRow(db, userId, current.id);
      resealRow(row, keys);
      const secret = newSecret();
      row.pendingSecret = sealSecret(secret, userId, current);
      row.pendingSession = sessionId;
      row.pendingSince = await time.now(db);
      row.pendingFailures = 0;
      return secret;
    },

    describe: (secret, username) => describeEnrolment(secret, { issuer, username }),

    async confirm(db, { userId, sessionId, code }) {
      const row = await lockRow(db, userId);
      const { pendingSecret, pendingSince } = row ?? {};
      if (!row || !pendingSecret || !pendingSince || row.pendingSession !== sessionId) return false;
      const at = await time.now(db);
      if (at.getTime() - pendingSince.getTime() >= PENDING_MS) return false;
      const step = stepOfCode(openSecret(pendingSecret, row, keys), code, at);
      if (step === undefined) {
        row.pendingFailures += 1;
        if (row.pendingFailures >= PENDING_FAILURES) dropPending(row);
        return false;
      }
      row.confirmedSecret = pendingSecret;
      row.confirmedAt = at;
      row.lastStep = step;
      dropPending(row);
      return true;
    },

    async verify(db, { userId, code, known }) {
      const row = await lockRow(db, userId);
      if (!row?.confirmedSecret) return { kind: 'none' };
      const at = await time.now(db);
      const forMs = guessesHeldFor(row.failures, known, at);
      if (forMs > 0) return { kind: 'held', forMs };
      const step = stepOfCode(openSecret(row.confirmedSecret, row, keys), code, at);
      // A spent code counts as a failure, too. Threat: an observer of a code could try it without end.
      if (step === undefined || step <= (row.lastStep ?? -1)) {
        row.failures = [...recentGuesses(row.failures, at), { at: at.getTime(), known }];
        return { kind: 'wrong' };
      }
      row.lastStep = step;
      return { kind: 'right' };
    },

    async remove(db, userId) {
      const row = await lockRow(db, userId);
      if (!row) return false;
      const hadSecret = row.confirmedSecret !== null;
      row.confirmedSecret = null;
      row.confirmedAt = null;
      row.lastStep = null;
      dropPending(row);
      return hadSecret;
    },

    async forgive(db, userId) {
      const row = await lockRow(db, userId);
      if (row) row.failures = [];
    },
  };
}

/** Tells whether an account has a confirmed authenticator. */
export async function hasTotp(db: Db, userId: string): Promise<boolean> {
  return (await db.count(TotpSecretEntity, { userId, confirmedSecret: { $ne: null } })) > 0;
}

/** Returns those of the accounts that have a confirmed authenticator. */
export async function findTotpOwners(db: Db, userIds: readonly string[]): Promise<Set<string>> {
  const rows = await query<{ id: string }>(
    db,
    `select user_id as id from totp_secrets
     where confirmed_secret is not null and user_id in (select json_array_elements_text(?::json)::uuid)`,
    [JSON.stringify(userIds)],
  );
  return new Set(rows.map(({ id }) => id));
}

/**
 * Deletes the authenticator of an account if it was confirmed after a time, and one that is not confirmed. Returns the
 * number of confirmed ones.
 */
export async function removeTotpSince(db: Db, userId: string, since: Date): Promise<number> {
  const row = await lockRow(db, userId);
  if (!row) return 0;
  dropPending(row);
  if (row.confirmedAt == null || row.confirmedAt <= since) return 0;
  row.confirmedSecret = null;
  row.confirmedAt = null;
  row.lastStep = null;
  return 1;
}

/** Deletes all that is stored of an account's authenticators, with the account. */
export async function eraseTotp(db: Db, userId: string): Promise<void> {
  await db.nativeDelete(TotpSecretEntity, { userId });
}

async function lockRow(db: Db, userId: string): Promise<TotpSecret | null> {
  // Reading the row anew would drop changes of this transaction that are still to be written.
  await db.flush();
  return db.findOne(TotpSecretEntity, { userId }, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true });
}

function newRow(db: Db, userId: string, keyId: string): TotpSecret {
  const row = db.create(TotpSecretEntity, {
    userId,
    keyId,
    confirmedSecret: null,
    confirmedAt: null,
    lastStep: null,
    pendingSecret: null,
    pendingSession: null,
    pendingSince: null,
    pendingFailures: 0,
    failures: [],
  });
  db.persist(row);
  return row;
}

function dropPending(row: TotpSecret): void {
  row.pendingSecret = null;
  row.pendingSession = null;
  row.pendingSince = null;
  row.pendingFailures = 0;
}
