import { type Origin, record } from '../audit/audit.ts';
import { Refusal } from '../kernel/errors.ts';
import { findUser, lockUser } from '../users/users.ts';
import type { User } from '../users/user.entity.ts';
import type { Change } from './change.ts';
import { issue, type SignedIn } from './issue.ts';
import type { Parts } from './parts.ts';

/**
 * Signs a person in: limits, then one Argon2 verification whoever is named, then a new session.
 * Throws INCORRECT_LOGIN alike for an unknown, wrong or inactive account (OWASP Authentication), RATE_LIMITED,
 * SERVICE_UNAVAILABLE.
 */
export type Login = (credentials: { username: string; password: string }, origin: Origin) => Promise<SignedIn>;

export function createLogin(parts: Parts, change: Change): Login {
  const { database, hasher, attempts, sessions, clock } = parts;

  /** The signed-in session, or null for a wrong password; whatever the reason, at the price of one verification. */
  async function tryLogin(username: string, password: string, origin: Origin): Promise<SignedIn | null> {
    const user = await database.read((db) => findUser(db, username));
    const verdict = await hasher.verify(password, user?.passwordHash ?? hasher.decoy());
    if (!user || !verdict.matches || user.disabled) {
      await database.transaction(async (db) =>
        record(db, { type: 'login.failed', actor: null, subject: subjectOf(user, username) }, origin, now()),
      );
      return null;
    }
    const upgraded = verdict.upgrade ? await hasher.hash(password) : null;

    const started = await change(async (db, effects) => {
      const locked = await lockUser(db, user.id);
      // Disabled, deleted or given another password while we hashed: judge the account as it is now.
      if (!locked || locked.disabled || locked.passwordHash !== user.passwordHash) return 'again';
      const at = now();
      if (upgraded !== null) {
        locked.passwordHash = upgraded;
        record(db, { type: 'password.upgraded', actor: null, subject: locked.username }, origin, at);
      }
      locked.lastLoginAt = at;
      effects.changed(locked);
      record(db, { type: 'login.succeeded', actor: locked.username, subject: locked.username }, origin, at);
      return { user: locked, at, ...sessions.start(db, locked.id, origin, at) };
    });
    if (started === 'again') return tryLogin(username, password, origin);
    return issue(parts, started.user, started.session, started.token, started.at);
  }

  const now = () => new Date(clock());
  return async ({ username, password }, origin) => {
    const signedIn = await attempts.guard(
      { account: username.toLowerCase(), address: origin.address },
      () => tryLogin(username, password, origin),
      (result) => result === null,
    );
    if (!signedIn) throw new Refusal('INCORRECT_LOGIN');
    return signedIn;
  };
}

/** A name that nobody can have is not written down: it may be a password typed into the wrong field. */
function subjectOf(user: User | null, typed: string): string {
  return user?.username ?? (/^[a-z0-9._-]{3,64}$/i.test(typed) ? typed.toLowerCase() : '(not a user name)');
}
