import { renewRecoveryCodes } from '../../credentials/recovery/recovery_codes.ts';
import { conflict } from '../../kernel/errors.ts';
import type { RequestInfo } from '../../kernel/request_info.ts';
import { findFactors, hasSecondFactor } from '../authentication/factors.ts';
import type { Principal } from '../authentication/principal.ts';
import type { ChangeFactors } from './change_factors.ts';

/**
 * Replaces the recovery codes of the caller.
 * @returns the new codes. They are returned only here
 * @throws CONFLICT without a second factor that they could replace; FORBIDDEN, SERVICE_UNAVAILABLE as {@link ChangeFactors}
 */
export type RenewRecoveryCodes = (principal: Principal, request: RequestInfo) => Promise<readonly string[]>;

export function createRenewRecoveryCodes(changeFactors: ChangeFactors): RenewRecoveryCodes {
  return (principal, request) =>
    changeFactors(
      { principal, request },
      { type: 'recovery_codes.renewed', factor: 'recovery-codes' },
      async ({ user, db, at }) => {
        if (!hasSecondFactor(await findFactors(db, user))) {
          throw conflict({ field: 'recoveryCodes', code: 'ONLY_WITH', with: 'a second factor' });
        }
        return { result: await renewRecoveryCodes(db, user.id, at), changed: true };
      },
    );
}
