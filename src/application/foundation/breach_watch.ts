import { record } from '../../audit/audit.ts';
import { type BreachedPasswords, breachDigest } from '../../credentials/password/breached/breached_passwords.ts';
import { SYSTEM } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Log } from '../../kernel/log.ts';
import type { RequestInfo } from '../../kernel/request_info.ts';
import { createSemaphore } from '../../kernel/semaphore.ts';
import type { Outbox } from '../../mail/outbox.ts';
import type { Database } from '../../store/database/database.ts';
import { lockUser, noteBreachCheck, type SignInAccount } from '../../users/users.ts';

/** A sign-in with the right password. */
export interface PasswordSignIn {
  readonly account: Pick<SignInAccount, 'id' | 'deviceEpoch' | 'breachCheckedAt'>;
  readonly password: string;
  readonly request: RequestInfo;
}

/**
 * Looks up the passwords of sign-ins among those of breaches, once a week and account: a password that was safe when it
 * was chosen may have leaked since. It never refuses a sign-in.
 */
export interface BreachWatch {
  /** Schedules the look-up and returns at once. */
  signedIn(signIn: PasswordSignIn): void;
  /** Drops what has not begun, and waits for what has. */
  close(): Promise<void>;
}

interface BreachWatchServices {
  readonly database: Pick<Database, 'transaction'>;
  readonly outbox: Pick<Outbox, 'add'>;
  readonly clock: Clock;
  readonly log: Log;
}

const WEEK_MS = 7 * 86_400_000;
/**
 * Milliseconds from a sign-in to its look-up. Threat: a look-up that ran beside its sign-in would wait for the same row,
 * and the time of the response would tell when the account was looked up last.
 */
const DELAY_MS = 1_000;
const AT_ONCE = 4;
/** Bounds the memory while a service does not respond. A dropped look-up is made up for at the next sign-in. */
const MOST_SCHEDULED = 1_000;

/** Creates the watch. @param breached null if the server has no source of breached passwords */
export function createBreachWatch(
  { database, outbox, clock, log }: BreachWatchServices,
  breached: Pick<BreachedPasswords, 'has'> | null,
): BreachWatch {
  const scheduled = new Set<NodeJS.Timeout>();
  const running = new Set<Promise<void>>();
  const places = createSemaphore(AT_ONCE);
  const stopping = new AbortController();

  async function lookUp(account: PasswordSignIn['account'], sha1: Buffer, request: RequestInfo): Promise<void> {
    const now = new Date(clock());
    const before = new Date(now.getTime() - WEEK_MS);
    if (!(await database.transaction((db) => noteBreachCheck(db, account, { now, before })))) return;
    if (!(await breached?.has(sha1))) return;
    await database.transaction(async (db) => {
      const user = await lockUser(db, account.id);
      // The epoch tells that the password was changed meanwhile.
      if (!user || user.deviceEpoch !== account.deviceEpoch) return;
      const { username, email } = user;
      record(db, { type: 'password.breached', subject: username, at: now }, { actor: SYSTEM, request });
      if (!email) return;
      const { address, userAgent } = request;
      const notice = { kind: 'breached-password', username, at: now, address, userAgent } as const;
      await outbox.add(db, { to: email, userId: user.id, template: 'notice', data: notice }, now);
    });
  }

  return {
    signedIn({ account, password, request }) {
      const { breachCheckedAt } = account;
      if (!breached || stopping.signal.aborted || scheduled.size + running.size >= MOST_SCHEDULED) return;
      if (breachCheckedAt !== null && breachCheckedAt > clock() - WEEK_MS) return;
      // Keeps the digest instead of the password.
      const sha1 = breachDigest(password);
      const { address, userAgent, requestId } = request;
      const timer = setTimeout(() => {
        scheduled.delete(timer);
        const work = places
          .run(() => lookUp(account, sha1, { address, userAgent, requestId }), { signal: stopping.signal })
          .catch((error: unknown) => {
            if (!stopping.signal.aborted) log.warn({ err: error }, 'cannot look up the password of a sign-in');
          })
          .finally(() => running.delete(work));
        running.add(work);
      }, DELAY_MS);
      scheduled.add(timer.unref());
    },

    async close() {
      stopping.abort(new Error('The server is stopping'));
      scheduled.forEach(clearTimeout);
      scheduled.clear();
      await Promise.all(running);
    },
  };
}
