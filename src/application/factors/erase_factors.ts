import { removeRecoveryCodes } from '../../credentials/recovery/recovery_codes.ts';
import { eraseTotp } from '../../credentials/totp/totp.ts';
import { removePasskeys } from '../../credentials/webauthn/passkeys.ts';
import { removeUserHandle } from '../../credentials/webauthn/user_handles.ts';
import type { Db } from '../../store/database/database.ts';

/** Deletes all factors of a locked account that is deleted itself. */
export async function eraseFactors(db: Db, userId: string): Promise<void> {
  await eraseTotp(db, userId);
  await removeRecoveryCodes(db, userId);
  await removePasskeys(db, userId);
  await removeUserHandle(db, userId);
}
