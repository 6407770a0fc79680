import { removeRecoveryCodes, renewRecoveryCodes } from '../../credentials/recovery/recovery_codes.ts';
import type { TotpEnrolment } from '../../credentials/totp/enrolment.ts';
import { invalidInput, Refusal } from '../../kernel/errors.ts';
import type { RequestInfo } from '../../kernel/request_info.ts';
import { findFactors, hasSecondFactor } from '../authentication/factors.ts';
import type { Principal } from '../authentication/principal.ts';
import type { Services } from '../foundation/services.ts';
import type { ChangeFactors } from './change_factors.ts';

/**
 * The caller's own authenticator app.
 * @throws FORBIDDEN, CONFLICT and SERVICE_UNAVAILABLE as {@link ChangeFactors}
 */
export interface OwnTotp {
  /**
   * Makes a secret, which counts once it is confirmed. A confirmed one stays in force until then.
   * @throws FORBIDDEN if `SECOND_FACTOR` is off; RATE_LIMITED
   */
  start(principal: Principal, request: RequestInfo): Promise<TotpEnrolment>;
  /**
   * Confirms the secret that the same session made.
   * @returns new recovery codes, which replace all earlier ones
   * @throws BAD_USER_INPUT for a wrong code, and without a secret to confirm
   */
  confirm(principal: Principal, code: string, request: RequestInfo): Promise<readonly string[]>;
  /** Removes the authenticator, and the recovery codes with the last second factor. @returns false if there was none */
  remove(principal: Principal, request: RequestInfo): Promise<boolean>;
}

export function createOwnTotp(
  { totp, quotas, settings }: Pick<Services, 'totp' | 'quotas' | 'settings'>,
  changeFactors: ChangeFactors,
): OwnTotp {
  const ADDED = { type: 'factor.added', factor: 'totp' } as const;

  function checkAllowed(): void {
    if (!settings.factors.allowed) throw new Refusal('FORBIDDEN');
  }

  return {
    async start(principal, request) {
      checkAllowed();
      // Threat: the QR code of each takes milliseconds of the process.
      await quotas.spend('enrolments', principal.user.id);
      const secret = await changeFactors({ principal, request }, ADDED, async ({ user, db }) => ({
        result: await totp.start(db, { userId: user.id, sessionId: principal.sid }),
        changed: false,
      }));
      return totp.describe(secret, principal.user.username);
    },

    async confirm(principal, code, request) {
      checkAllowed();
      const codes = await changeFactors({ principal, request }, ADDED, async ({ user, db, at }) => {
        const owner = { userId: user.id, sessionId: principal.sid };
        // Returned and not thrown: the transaction commits the counted failure.
        if (!(await totp.confirm(db, { ...owner, code }))) return { result: null, changed: false };
        return { result: await renewRecoveryCodes(db, user.id, at), changed: true };
      });
      if (!codes) throw invalidInput({ field: 'code', code: 'WRONG' });
      return codes;
    },

    remove: (principal, request) =>
      changeFactors({ principal, request }, { type: 'factor.removed', factor: 'totp' }, async ({ user, db }) => {
        const removed = await totp.remove(db, user.id);
        await db.flush();
        // They replace a second factor, and would otherwise stay behind as a way past the password of a later one.
        if (removed && !hasSecondFactor(await findFactors(db, user))) await removeRecoveryCodes(db, user.id);
        return { result: removed, changed: removed };
      }),
  };
}
