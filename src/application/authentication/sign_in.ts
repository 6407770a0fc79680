import { type Origin, record } from '../../audit/audit.ts';
import { Refusal } from '../../kernel/errors.ts';
import { limitKey } from '../../limits/client_address.ts';
import type { Session as Db } from '../../store/database/database.ts';
import { type Account, findAccount, lockUser } from '../../users/users.ts';
import type { User } from '../../users/user.entity.ts';
import type { Change, Effects } from '../foundation/unit_of_work.ts';
import { knownDevice } from './known_device.ts';
import { outcomeOf } from '../foundation/metrics.ts';
import type { Parts } from '../foundation/services.ts';
import { turnOf } from '../foundation/turn.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Does what a person wanted a sign-in for, in its transaction and under the account's lock. */
export type Open<T> = (db: Db, user: User, change: { readonly at: Date; readonly effects: Effects }) => Promise<T>;

/**
 * A person proves a password, and what they wanted it for happens in the same transaction, under their account's lock:
 * limits, then one Argon2 verification whoever is named, then `open`. Every door that takes a password goes through it.
 * Throws INCORRECT_LOGIN alike for an unknown, wrong or inactive account (OWASP Authentication), RATE_LIMITED,
 * SERVICE_UNAVAILABLE, and what `open` throws.
 */
export type SignIn = <T>(credentials: Credentials, origin: Origin, open: Open<T>) => Promise<T>;

/** One line a minute tells of an attack that goes on. */
const QUIET_MS = 60_000;

export function createSignIn(parts: Parts, change: Change): SignIn {
  const { database, keyValue, hasher, attempts, unknownNames, metrics, tracing, clock } = parts;
  const now = () => new Date(clock());

  /** What `open` answered, or null for a wrong password; whatever the reason, at the price of one verification. */
  async function attempt<T>(
    { username, password }: Credentials,
    origin: Origin,
    open: Open<T>,
  ): Promise<{ opened: T } | null> {
    const user = await database.read((db) => findAccount(db, username));
    const turn = turnOf(origin, username);
    const verdict = await hasher.verify(password, user?.passwordHash ?? hasher.decoy(), turn);
    if (!user || !verdict.matches || user.disabled) {
      await recordFailed(subjectOf(user, username), origin);
      return null;
    }
    // Where there is no room for it, the next login brings it up to date.
    const upgraded = verdict.upgrade ? await hasher.hash(password, turn).catch(unlessOverloaded) : null;

    const outcome = await change(async (db, effects) => {
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
      return { opened: await open(db, locked, { at, effects }) };
    }).catch(async (error: unknown) => {
      // Whoever tries passwords out has learnt that this one is right, whatever else was wrong with the request.
      if (error instanceof Refusal && error.kind !== 'SERVICE_UNAVAILABLE') {
        await recordFailed(user.username, origin, { refused: error.kind });
      }
      throw error;
    });
    return outcome === 'again' ? attempt({ username, password }, origin, open) : outcome;
  }

  /** Digests every name, so that a known one takes as long. */
  function subjectOf(user: Account | null, typed: string): string {
    const digest = unknownNames.digest(typed);
    return user?.username ?? digest;
  }

  async function recordFailed(subject: string, origin: Origin, detail?: Record<string, string>): Promise<void> {
    await database.transaction(async (db) =>
      record(db, { type: 'login.failed', actor: null, subject, ...(detail && { detail }) }, origin, now()),
    );
  }

  /**
   * Notes that an attempt was not looked at: once a minute for its network, whatever the name. Threat: names cost
   * nothing, so that a row for each would let a limited address fill the log.
   */
  async function recordLimited(username: string, origin: Origin, { retryAfter = 1 }: Refusal): Promise<void> {
    if (!(await keyValue.setIfAbsent(`limited:${limitKey(origin.address)}`, '1', QUIET_MS))) return;
    await database.transaction(async (db) => {
      const subject = subjectOf(await findAccount(db, username), username);
      record(db, { type: 'login.limited', actor: null, subject, detail: { retryAfter } }, origin, now());
    });
  }

  const signIn: SignIn = async ({ username: typed, password }, origin, open) => {
    // A phone's keyboard puts a blank behind a name that it completes: at every door, for limits and log alike.
    const username = typed.trim();
    const device = await knownDevice(parts, username, origin);
    const outcome = await attempts
      .guard(
        { account: username.toLowerCase(), address: origin.address, device, gone: origin.gone },
        () => attempt({ username, password }, origin, open),
        (result) => result === null,
      )
      .catch(async (error: unknown) => {
        if (error instanceof Refusal && error.kind === 'RATE_LIMITED') await recordLimited(username, origin, error);
        throw error;
      });
    if (!outcome) throw new Refusal('INCORRECT_LOGIN');
    return outcome.opened;
  };

  return async (...call) => {
    try {
      const opened = await tracing.step('sign in', {}, () => signIn(...call));
      metrics.signedIn('succeeded');
      return opened;
    } catch (error) {
      metrics.signedIn(outcomeOf(error));
      throw error;
    }
  };
}

function unlessOverloaded(error: unknown): null {
  if (error instanceof Refusal && error.kind === 'OVERLOADED') return null;
  throw error;
}
