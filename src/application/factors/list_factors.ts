import { countRecoveryCodesOf } from '../../credentials/recovery/recovery_codes.ts';
import { findTotpOwners } from '../../credentials/totp/totp.ts';
import type { Passkey } from '../../credentials/webauthn/passkey.entity.ts';
import { findPasskeysOf } from '../../credentials/webauthn/passkeys.ts';
import { findPasswordHolders } from '../../users/users.ts';
import type { Services } from '../foundation/services.ts';

/** The factors of an account, as its user and admins see them. */
export interface ListedFactors {
  readonly password: boolean;
  readonly totp: boolean;
  readonly passkeys: readonly Passkey[];
  readonly recoveryCodesLeft: number;
}

/** Returns the factors of each of these accounts, in their order, by one query for each kind. @throws SERVICE_UNAVAILABLE */
export type ListFactors = (userIds: readonly string[]) => Promise<ListedFactors[]>;

export function createListFactors({ database }: Pick<Services, 'database'>): ListFactors {
  return (userIds) =>
    database.run(async (db) => {
      const passwords = await findPasswordHolders(db, userIds);
      const totps = await findTotpOwners(db, userIds);
      const passkeys = await findPasskeysOf(db, userIds);
      const codes = await countRecoveryCodesOf(db, userIds);
      return userIds.map((id) => ({
        password: passwords.has(id),
        totp: totps.has(id),
        passkeys: passkeys.get(id) ?? [],
        recoveryCodesLeft: codes.get(id) ?? 0,
      }));
    });
}
