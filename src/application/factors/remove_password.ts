import type { RequestInfo } from '../../kernel/request_info.ts';
import type { Principal } from '../authentication/principal.ts';
import type { ChangeFactors } from './change_factors.ts';

/**
 * Removes the password of the caller, who then signs in with passkeys alone. An admin or a mailed link can set a new one.
 * @returns false if there was none
 * @throws CONFLICT without two passkeys, or one and recovery codes; FORBIDDEN, SERVICE_UNAVAILABLE as {@link ChangeFactors}
 */
export type RemovePassword = (principal: Principal, request: RequestInfo) => Promise<boolean>;

export function createRemovePassword(changeFactors: ChangeFactors): RemovePassword {
  return (principal, request) =>
    changeFactors({ principal, request }, { type: 'factor.removed', factor: 'password' }, async ({ user }) => {
      const had = user.passwordHash != null;
      user.passwordHash = null;
      return { result: had, changed: had };
    });
}
