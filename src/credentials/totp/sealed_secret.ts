import { deriveKey, digest, seal, unseal } from '../../kernel/secret.ts';
import type { TotpSecret } from './totp_secret.entity.ts';

/** A key that the secrets of authenticators are sealed under. */
export interface TotpKey {
  /** Names the key and reveals nothing about it. */
  readonly id: string;
  readonly key: Buffer;
}

const ID_LENGTH = 16;

/**
 * Returns the keys of the secrets of authenticators, the current one first.
 * @param secrets `JWT_SECRET_KEY`, then the previous one while it is being replaced
 */
export function totpKeys(secrets: readonly string[]): TotpKey[] {
  return secrets.map((secret) => {
    const key = deriveKey(secret, 'totp-secret');
    return { id: digest(deriveKey(key, 'key-id')).toString('hex').slice(0, ID_LENGTH), key };
  });
}

/**
 * Returns the key of one account. Threat: an attacker who writes to the database would copy the secret of their own
 * authenticator into another account's row.
 */
const keyOf = ({ key }: TotpKey, userId: string) => deriveKey(key, userId);

/** Seals a secret for the row of its account. */
export function sealSecret(secret: Buffer, userId: string, key: TotpKey): Buffer {
  return seal(secret, keyOf(key, userId));
}

/**
 * Opens a sealed secret of a row.
 * @throws Error for an operator if none of the keys opens it
 */
export function openSecret(
  sealed: Uint8Array,
  { userId, keyId }: Pick<TotpSecret, 'userId' | 'keyId'>,
  keys: readonly TotpKey[],
): Buffer {
  const key = keys.find(({ id }) => id === keyId);
  if (!key) {
    throw new Error(
      `The authenticator secret of the account ${userId} was stored with another JWT_SECRET_KEY. ` +
        'Start with the old secret, or set it as JWT_SECRET_KEY_PREVIOUS, then run "keys rewrap".',
    );
  }
  return unseal(Buffer.from(sealed), keyOf(key, userId));
}

/**
 * Seals the secrets of a row under the current key.
 * @throws Error as {@link openSecret}
 */
export function resealRow(row: TotpSecret, keys: readonly TotpKey[]): void {
  const current = keys[0]!;
  if (row.keyId === current.id) return;
  const reseal = (sealed: Uint8Array | null | undefined) =>
    sealed ? sealSecret(openSecret(sealed, row, keys), row.userId, current) : null;
  row.confirmedSecret = reseal(row.confirmedSecret);
  row.pendingSecret = reseal(row.pendingSecret);
  row.keyId = current.id;
}
