import { removeRecoveryCodesSince } from '../../credentials/recovery/recovery_codes.ts';
import { removeTotpSince } from '../../credentials/totp/totp.ts';
import { removePasskeysSince } from '../../credentials/webauthn/passkeys.ts';
import { noteFactors } from '../authentication/factors.ts';
import type { Db } from '../../store/database/database.ts';
import type { User } from '../../users/user.entity.ts';

/** Removes the factors of a locked account that were added after a time. Returns their number. */
export async function removeFactorsSince(db: Db, user: User, since: Date): Promise<number> {
  const passkeys = await removePasskeysSince(db, user.id, since);
  const authenticators = await removeTotpSince(db, user.id, since);
  await removeRecoveryCodesSince(db, user.id, since);
  await noteFactors(db, user);
  return passkeys + authenticators;
}
