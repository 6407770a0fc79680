import { record } from '../../../audit/audit.ts';
import { SYSTEM } from '../../../kernel/actor.ts';
import type { RequestInfo } from '../../../kernel/request_info.ts';
import { Refusal } from '../../../kernel/errors.ts';
import { type SignInAccount, findAccount, lockUser, signInName } from '../../../users/users.ts';
import { mailVerification } from '../../foundation/mailed_links.ts';
import type { Services } from '../../foundation/services.ts';
import { turnOf } from '../../foundation/turn.ts';
import type { Authentication, PasswordPurpose } from '../authentication.ts';
import { createFailedSignIns } from '../failed_sign_ins.ts';
import { knownDevice } from '../known_device.ts';

export interface PasswordCredentials {
  /** The user name or the verified e-mail address, as typed. */
  readonly username: string;
  readonly password: string;
}

/**
 * Verifies a password. It checks the limits first, and then runs one Argon2 verification for known and unknown names
 * alike (OWASP Authentication, constant-time login). A failure is counted and audited.
 * @returns null for an unknown name, a wrong password, a disabled account, or an address that must be verified first,
 *   without a difference
 * @throws RATE_LIMITED, OVERLOADED, SERVICE_UNAVAILABLE
 */
export type VerifyPassword = (
  credentials: PasswordCredentials,
  request: RequestInfo,
  purpose: PasswordPurpose,
) => Promise<Authentication | null>;

export function createVerifyPassword(services: Services): VerifyPassword {
  const { database, hasher, attempts, breachWatch, quotas, clock, settings } = services;
  const failures = createFailedSignIns(services);
  const now = () => new Date(clock());

  /** Replaces a hash that is weaker than the settings ask for. If the queue is full, the next sign-in does it. */
  async function upgrade(account: SignInAccount, password: string, request: RequestInfo): Promise<void> {
    const passwordHash = await hasher.hash(password, turnOf(request, account.username)).catch(unlessOverloaded);
    if (passwordHash === null) return;
    await database.transaction(async (db) => {
      const locked = await lockUser(db, account.id);
      // Another sign-in or a password change has replaced the hash meanwhile.
      if (!locked || locked.disabled || locked.passwordHash !== account.passwordHash) return;
      locked.passwordHash = passwordHash;
      record(db, { type: 'password.upgraded', subject: locked.username, at: now() }, { actor: SYSTEM, request });
    });
  }

  /**
   * Mails the link that is missing. Only the mail tells that the password was right: the refusal would confirm a guess.
   */
  async function mailUnverified({ id }: SignInAccount): Promise<void> {
    if (!(await quotas.take('accountLinks', id))) return;
    await database.transaction(async (db) => {
      const user = await lockUser(db, id);
      if (user) await mailVerification(services, { db, at: now() }, user);
    });
  }

  async function check(
    { username, password }: PasswordCredentials,
    request: RequestInfo,
    purpose: PasswordPurpose,
  ): Promise<Authentication | null> {
    const account = await database.run((db) => findAccount(db, username));
    const hash = account?.passwordHash ?? hasher.decoy();
    const { matches, upgrade: isWeak } = await hasher.verify(password, hash, turnOf(request, username));
    if (!account || !matches || account.disabled) {
      await failures.wrong({ account, username, purpose }, request);
      return null;
    }
    if (purpose === 'sign-in' && settings.recovery.isEmailRequired && !account.isEmailVerified) {
      await mailUnverified(account);
      await failures.wrong({ account, username, purpose }, request);
      return null;
    }
    if (isWeak && purpose === 'sign-in') await upgrade(account, password, request);
    if (purpose === 'sign-in') breachWatch.signedIn({ account, password, request });
    const { id: userId, deviceEpoch: epoch } = account;
    return { userId, username: account.username, epoch, methods: ['pwd'], at: now() };
  }

  return async ({ username: typed, password }, request, purpose) => {
    // Keyboards of phones add a blank after a completed name. Trimmed here for both doors, the limits and the log.
    const username = await database.run((db) => signInName(db, typed.trim()));
    const device = await knownDevice(services, username, request);
    return attempts
      .guard(
        { account: username.toLowerCase(), address: request.address, device, signal: request.signal },
        () => check({ username, password }, request, purpose),
        (authentication) => authentication === null,
      )
      .catch(async (error: unknown) => {
        if (purpose === 'sign-in') await failures.limited(username, error, request);
        throw error;
      });
  };
}

function unlessOverloaded(error: unknown): null {
  if (error instanceof Refusal && error.kind === 'OVERLOADED') return null;
  throw error;
}
