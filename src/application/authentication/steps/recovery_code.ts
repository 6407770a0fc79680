import { record } from '../../../audit/audit.ts';
import { consumeRecoveryCode, countRecoveryCodes } from '../../../credentials/recovery/recovery_codes.ts';
import { userActor } from '../../../kernel/actor.ts';
import { Refusal } from '../../../kernel/errors.ts';
import type { RequestInfo } from '../../../kernel/request_info.ts';
import type { Db } from '../../../store/database/database.ts';
import type { User } from '../../../users/user.entity.ts';
import { notify } from '../../foundation/notify.ts';
import type { Services } from '../../foundation/services.ts';

/** A recovery code that was entered for a locked account. */
export interface EnteredRecoveryCode {
  readonly user: User;
  readonly code: string;
  /** True for a device that the account's user had signed in from. */
  readonly known: boolean;
  readonly request: RequestInfo;
}

/**
 * Uses a recovery code up, in the transaction that it permits. The use is audited and mailed.
 * @returns false for a wrong code, and RATE_LIMITED after too many of them
 * @throws SERVICE_UNAVAILABLE
 */
export type UseRecoveryCode = (db: Db, entered: EnteredRecoveryCode) => Promise<boolean | Refusal>;

export function createUseRecoveryCode({
  quotas,
  outbox,
  clock,
}: Pick<Services, 'quotas' | 'outbox' | 'clock'>): UseRecoveryCode {
  return async (db, { user, code, known, request }) => {
    const refusal = await quotas.spend('recoveryCodes', `${user.id}:${known ? 'known' : 'stranger'}`).then(
      () => null,
      (error: unknown) => {
        if (error instanceof Refusal && error.kind === 'RATE_LIMITED') return error;
        throw error;
      },
    );
    if (refusal) return refusal;
    if (!(await consumeRecoveryCode(db, user.id, code))) return false;
    const at = new Date(clock());
    const left = await countRecoveryCodes(db, user.id);
    const event = { type: 'recovery_code.used', subject: user.username, detail: { left }, at } as const;
    record(db, event, { actor: userActor(user), request });
    await notify({ outbox }, db, { user, facts: { kind: 'recovery-code-used', left }, request, at });
    return true;
  };
}
