import { query, type Db } from '../../store/database/database.ts';
import { foldRecoveryCode, newRecoveryCode, recoveryCodeDigest } from './recovery_code.ts';
import { RecoveryCodeEntity } from './recovery_code.entity.ts';

/** The number of codes that an account is given. */
const CODES = 10;

/**
 * Replaces the recovery codes of an account, under its lock.
 * @returns the codes. They are returned only here; their digests are stored
 */
export async function renewRecoveryCodes(db: Db, userId: string, at: Date): Promise<string[]> {
  await removeRecoveryCodes(db, userId);
  const codes = Array.from({ length: CODES }, newRecoveryCode);
  for (const code of codes) {
    const digest = recoveryCodeDigest(userId, foldRecoveryCode(code)!);
    db.persist(db.create(RecoveryCodeEntity, { digest, userId, createdAt: at }));
  }
  await db.flush();
  return codes;
}

/**
 * Uses a recovery code up, in the transaction that it permits. One statement deletes it, so that two replicas do not
 * both accept it.
 * @param typed the code as the user typed it
 */
export async function consumeRecoveryCode(db: Db, userId: string, typed: string): Promise<boolean> {
  const folded = foldRecoveryCode(typed);
  if (folded === undefined) return false;
  const used = await query<{ digest: unknown }>(
    db,
    'delete from recovery_codes where digest = ? and user_id = ? returning digest',
    [recoveryCodeDigest(userId, folded), userId],
  );
  return used.length === 1;
}

/** Returns how many recovery codes an account has left. */
export async function countRecoveryCodes(db: Db, userId: string): Promise<number> {
  return db.count(RecoveryCodeEntity, { userId });
}

/** Returns how many recovery codes each of these accounts has left; accounts without any are missing. */
export async function countRecoveryCodesOf(db: Db, userIds: readonly string[]): Promise<Map<string, number>> {
  const rows = await query<{ id: string; left: number }>(
    db,
    `select user_id as id, count(*)::int as left from recovery_codes
     where user_id in (select json_array_elements_text(?::json)::uuid) group by user_id`,
    [JSON.stringify(userIds)],
  );
  return new Map(rows.map(({ id, left }) => [id, left]));
}

/** Deletes the recovery codes of an account that were given out after a time. */
export async function removeRecoveryCodesSince(db: Db, userId: string, since: Date): Promise<void> {
  await db.nativeDelete(RecoveryCodeEntity, { userId, createdAt: { $gt: since } });
}

/** Deletes the recovery codes of an account. */
export async function removeRecoveryCodes(db: Db, userId: string): Promise<void> {
  await db.nativeDelete(RecoveryCodeEntity, { userId });
}
