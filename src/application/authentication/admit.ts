import type { RequestInfo } from '../../kernel/request_info.ts';
import type { Db } from '../../store/database/database.ts';
import type { User } from '../../users/user.entity.ts';
import { lockUser } from '../../users/users.ts';
import type { Services } from '../foundation/services.ts';
import type { Authentication } from './authentication.ts';
import { type Factors, findFactors } from './factors.ts';
import { maySkipSecondFactor } from './known_device.ts';
import { counts, required } from './required.ts';

/**
 * The judgement about an authentication, under the lock of its account.
 * - `sufficient`: a session may be opened
 * - `incomplete`: the second factor is missing
 * - `void`: the account is gone, disabled, or changed since, or its address must be verified first; its owner signs in
 *   again
 */
export type Admission =
  | { readonly verdict: 'sufficient'; readonly user: User }
  | { readonly verdict: 'incomplete'; readonly user: User; readonly factors: Factors }
  | { readonly verdict: 'void' };

/** Locks the account of an authentication and judges what is still required of it. */
export async function admit(
  services: Pick<Services, 'devices' | 'settings' | 'clock'>,
  { db, request }: { readonly db: Db; readonly request: RequestInfo },
  authentication: Authentication,
): Promise<Admission> {
  const user = await lockProven(db, authentication);
  if (!user) return { verdict: 'void' };
  if (services.settings.recovery.isEmailRequired && user.emailVerifiedAt == null) return { verdict: 'void' };
  const factors = await findFactors(db, user);
  const isRemembered = maySkipSecondFactor(services, request, user);
  const { id, deviceEpoch } = user;
  const missing = required(authentication, { id, deviceEpoch, factors, isRemembered });
  if (missing.length === 0) return { verdict: 'sufficient', user };
  return missing.includes('authentication') ? { verdict: 'void' } : { verdict: 'incomplete', user, factors };
}

/**
 * Locks the account of an authentication. Returns null if the account is gone or disabled, or if the authentication
 * does not count for it any more.
 */
export async function lockProven(
  db: Db,
  authentication: Pick<Authentication, 'userId' | 'epoch'>,
): Promise<User | null> {
  const user = await lockUser(db, authentication.userId);
  return user && !user.disabled && counts(authentication, user) ? user : null;
}
