import { type Origin, record } from '../../audit/audit.ts';
import { conflict, invalidInput } from '../../kernel/errors.ts';
import { checkPassword } from '../../credentials/password/policy.ts';
import { findUser, lockUser } from '../../users/users.ts';
import type { Principal } from '../authentication/principal.ts';
import type { Change } from '../foundation/unit_of_work.ts';
import { distrustDevices, knownDevice } from '../authentication/known_device.ts';
import type { Parts } from '../foundation/services.ts';
import { turnOf } from '../foundation/turn.ts';

/**
 * Gives an account another password and ends its other sessions. A wrong current password counts as a failed login.
 * Throws BAD_USER_INPUT, RATE_LIMITED, CONFLICT (changed meanwhile), SERVICE_UNAVAILABLE.
 */
export type ChangePassword = (
  principal: Principal,
  passwords: { current: string; next: string },
  origin: Origin,
) => Promise<void>;

export function createChangePassword(parts: Parts, change: Change): ChangePassword {
  const { database, hasher, attempts, sessions, clock } = parts;
  return async ({ user: { username, email }, sid }, { current, next }, origin) => {
    checkPassword(next, { username, email: email ?? '' }, 'newPassword');
    const turn = turnOf(origin, username);
    const device = await knownDevice(parts, username, origin);
    const user = await attempts.guard(
      { account: username, address: origin.address, device, gone: origin.gone },
      async () => {
        const found = await database.read((db) => findUser(db, username));
        const verdict = await hasher.verify(current, found?.passwordHash ?? hasher.decoy(), turn);
        return verdict.matches ? found : null;
      },
      (found) => found === null,
    );
    if (!user) {
      await database.transaction(async (db) =>
        record(db, { type: 'password.refused', actor: username, subject: username }, origin, new Date(clock())),
      );
      throw invalidInput({ field: 'currentPassword', code: 'WRONG' });
    }

    const passwordHash = await hasher.hash(next, turn);
    await change(async (db, effects) => {
      const locked = await lockUser(db, user.id);
      if (!locked || locked.passwordHash !== user.passwordHash) {
        throw conflict({ field: 'currentPassword', code: 'CHANGED' });
      }
      const at = new Date(clock());
      locked.passwordHash = passwordHash;
      distrustDevices(locked);
      const ended = await sessions.end(db, { userId: locked.id, except: sid }, 'password', at);
      effects.denySessions(ended);
      const detail = { sessionsEnded: ended.length };
      record(db, { type: 'password.changed', actor: username, subject: username, detail }, origin, at);
    });
  };
}
