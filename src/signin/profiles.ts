import type { Origin } from '../audit/audit.ts';
import { changeProfile, checkProfileChange, type ProfileChange } from '../users/users.ts';
import type { User } from '../users/user.entity.ts';
import type { Alter } from './alter.ts';
import type { Principal } from './authenticate.ts';
import type { Parts } from './parts.ts';

/** Full names and e-mail addresses. Throws SERVICE_UNAVAILABLE, and then has done nothing. */
export interface Profiles {
  /** Somebody's own. Throws BAD_USER_INPUT, CONFLICT, RATE_LIMITED. */
  updateOwn(change: ProfileChange, actor: Principal, origin: Origin): Promise<User>;
  /** Anybody's. Throws BAD_USER_INPUT, CONFLICT. */
  update(username: string, change: ProfileChange, actor: Principal, origin: Origin): Promise<User>;
}

export function createProfiles({ attempts }: Pick<Parts, 'attempts'>, alter: Alter): Profiles {
  async function update(username: string, wanted: ProfileChange, actor: Principal, origin: Origin): Promise<User> {
    const profile = checkProfileChange(wanted);
    return alter(username, 'user.updated', actor, origin, async (user, db, effects) => {
      const changed = Object.entries(profile).filter(([name, value]) => user[name as keyof typeof profile] !== value);
      if (changed.length === 0) return { result: user, detail: null };
      await changeProfile(db, user, profile);
      effects.changed(user);
      // What was changed, and never to what: the log outlives the account.
      return { result: user, detail: { changed: changed.map(([name]) => name).join(' ') } };
    });
  }

  return {
    update,

    async updateOwn(wanted, actor, origin) {
      const { username, email } = actor.user;
      // Counted whether it succeeds or not: it tells whether somebody has that address.
      if (wanted.email !== undefined && wanted.email !== email) await attempts.spend(origin.address);
      return update(username, wanted, actor, origin);
    },
  };
}
