import { record } from '../../audit/audit.ts';
import { conflict, badCredentials, Refusal } from '../../kernel/errors.ts';
import type { RequestInfo } from '../../kernel/request_info.ts';
import type { MailedFactor } from '../../mail/mail.ts';
import type { Db } from '../../store/database/database.ts';
import type { User } from '../../users/user.entity.ts';
import { lockUser } from '../../users/users.ts';
import { checkAuthorityOver } from '../authentication/authority.ts';
import { type Factors, noteFactors } from '../authentication/factors.ts';
import { distrustDevices } from '../authentication/known_device.ts';
import { actorOf, type Principal } from '../authentication/principal.ts';
import { notify } from '../foundation/notify.ts';
import type { Services } from '../foundation/services.ts';
import type { UnitOfWork } from '../foundation/unit_of_work.ts';

/** A change of the factors of an account. */
export interface FactorChange {
  readonly type: 'factor.added' | 'factor.removed' | 'recovery_codes.renewed';
  readonly factor: MailedFactor;
}

/** The caller's own account under its lock, and the unit of work that changes it. */
export interface OwnLockedAccount {
  readonly user: User;
  readonly db: Db;
  readonly at: Date;
}

/** The result of the work on a locked account. */
export interface FactorOutcome<T> {
  readonly result: T;
  /** False if no factor was changed, so that nothing is audited. The work is committed all the same. */
  readonly changed: boolean;
}

/**
 * Runs one change of the caller's own factors, under the account's lock. A change ends what was proven with the factors
 * before: tickets of sign-ins, remembered and known devices. It is audited and mailed.
 * @throws FORBIDDEN for a registered client, and for a token without the scopes of the account's role
 * @throws CONFLICT for a removal that leaves no way into the account; SERVICE_UNAVAILABLE
 */
export type ChangeFactors = <T>(
  by: { readonly principal: Principal; readonly request: RequestInfo },
  change: FactorChange,
  work: (locked: OwnLockedAccount) => Promise<FactorOutcome<T>>,
) => Promise<T>;

export function createChangeFactors(services: Services, unitOfWork: UnitOfWork): ChangeFactors {
  const { proofs, clock, settings } = services;

  return ({ principal, request }, { type, factor }, work) =>
    unitOfWork(async (db, effects) => {
      const at = new Date(clock());
      const user = await lockUser(db, principal.user.id);
      if (!user) throw badCredentials('INVALID');
      const actor = actorOf(principal);
      // Threat: an app with the scope `account` would add a factor of its own, which outlives the consent.
      if (principal.clientId !== null) throw new Refusal('FORBIDDEN');
      checkAuthorityOver(settings.roles, actor, user.role);

      const { result, changed } = await work({ user, db, at });
      if (!changed) return result;
      const factors = await noteFactors(db, user);
      if (type === 'factor.removed' && !hasWayIn(factors)) throw conflict({ field: factor, code: 'LAST_WAY_IN' });
      distrustDevices(user);
      await proofs.endAll(db, user.id, ['sign-in']);
      effects.changed(user);
      record(db, { type, subject: user.username, detail: { factor }, at }, { actor, request });
      const kind = type === 'factor.removed' ? 'factor-removed' : 'factor-added';
      await notify(services, db, { user, facts: { kind, factor }, request, at });
      return result;
    });
}

/** Returns whether a user can still sign in after the loss of one device. Without a password, that takes two passkeys. */
export function hasWayIn({ password, passkeys, recoveryCodes }: Factors): boolean {
  return password || passkeys > 1 || (passkeys === 1 && recoveryCodes > 0);
}
