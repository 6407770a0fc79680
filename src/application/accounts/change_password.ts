import { record } from '../../audit/audit.ts';
import { userActor } from '../../kernel/actor.ts';
import type { RequestInfo } from '../../kernel/request_info.ts';
import { conflict, invalidInput } from '../../kernel/errors.ts';
import { distrustDevices } from '../authentication/known_device.ts';
import { lockProven } from '../authentication/admit.ts';
import type { Principal } from '../authentication/principal.ts';
import type { VerifyPassword } from '../authentication/steps/password.ts';
import { endProofs } from '../foundation/end_proofs.ts';
import { notify } from '../foundation/notify.ts';
import type { Services } from '../foundation/services.ts';
import { turnOf } from '../foundation/turn.ts';
import type { UnitOfWork } from '../foundation/unit_of_work.ts';

/**
 * Changes the password of an account and ends its other sessions. A wrong current password counts as a failed sign-in.
 * @throws BAD_USER_INPUT, RATE_LIMITED, CONFLICT (changed meanwhile), SERVICE_UNAVAILABLE
 */
export type ChangePassword = (
  principal: Principal,
  passwords: { current: string; next: string },
  request: RequestInfo,
) => Promise<void>;

export function createChangePassword(
  services: Services,
  verifyPassword: VerifyPassword,
  unitOfWork: UnitOfWork,
): ChangePassword {
  const { hasher, checkPassword, sessions, clock } = services;
  return async ({ user: { username, email }, sid }, { current, next }, request) => {
    const authentication = await verifyPassword({ username, password: current }, request, 'password-change');
    if (!authentication) throw invalidInput({ field: 'currentPassword', code: 'WRONG' });

    // After the current password, so that its limits also bound what the range service is asked.
    await checkPassword(next, { username, email: email ?? '' }, 'newPassword');
    const passwordHash = await hasher.hash(next, turnOf(request, username));
    await unitOfWork(async (db, effects) => {
      const user = await lockProven(db, authentication);
      if (!user) throw conflict({ field: 'currentPassword', code: 'CHANGED' });
      const at = new Date(clock());
      user.passwordHash = passwordHash;
      distrustDevices(user);
      await endProofs(services, db, user.id);
      const ended = await sessions.end(db, { userId: user.id, except: sid }, { by: 'password', at });
      effects.denySessions(ended);
      await notify(services, db, { user, facts: { kind: 'password-changed' }, request, at });
      const detail = { sessionsEnded: ended.length };
      record(db, { type: 'password.changed', subject: username, detail, at }, { actor: userActor(user), request });
    });
  };
}
