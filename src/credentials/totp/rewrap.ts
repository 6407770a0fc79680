import { LockMode } from '@mikro-orm/core';
import { BATCH_ROWS, inBatches } from '../../store/database/batch.ts';
import type { Database } from '../../store/database/database.ts';
import { resealRow, type TotpKey, totpKeys } from './sealed_secret.ts';
import { TotpSecretEntity } from './totp_secret.entity.ts';

/**
 * Seals every authenticator secret under the current secret, in batches. A sign-in waits for one batch at most.
 * @param secrets `JWT_SECRET_KEY`, then the previous one
 * @returns the number of accounts
 * @throws Error for an operator if a secret cannot be opened
 */
export async function rewrapTotpSecrets(
  database: Pick<Database, 'transaction'>,
  secrets: readonly string[],
): Promise<number> {
  const keys = totpKeys(secrets);
  let rewrapped = 0;
  await inBatches(database, new AbortController().signal, async (db) => {
    const rows = await db.find(TotpSecretEntity, otherKey(keys), {
      orderBy: { userId: 'asc' },
      limit: BATCH_ROWS,
      lockMode: LockMode.PESSIMISTIC_WRITE,
    });
    rows.forEach((row) => resealRow(row, keys));
    await db.flush();
    rewrapped += rows.length;
    return rows.length;
  });
  return rewrapped;
}

/** The accounts whose authenticator secrets are not sealed under the current secret. */
export interface OtherTotpKeys {
  /** Sealed under the previous secret. */
  readonly previous: number;
  /** Sealed under a secret that is not configured. */
  readonly unknown: number;
}

/** Counts the authenticator secrets that wait for {@link rewrapTotpSecrets}. */
export async function countOtherTotpKeys(
  database: Pick<Database, 'run'>,
  secrets: readonly string[],
): Promise<OtherTotpKeys> {
  const keys = totpKeys(secrets);
  return database.run(async (db) => {
    const others = await db.count(TotpSecretEntity, otherKey(keys));
    const unknown = await db.count(TotpSecretEntity, { keyId: { $nin: keys.map(({ id }) => id) } });
    return { previous: others - unknown, unknown };
  });
}

const otherKey = (keys: readonly TotpKey[]) => ({ keyId: { $ne: keys[0]!.id } });
