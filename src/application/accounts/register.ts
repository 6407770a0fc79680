import { record } from '../../audit/audit.ts';
import { SYSTEM } from '../../kernel/actor.ts';
import { Refusal } from '../../kernel/errors.ts';
import type { RequestInfo } from '../../kernel/request_info.ts';
import { findEmailHolder } from '../../users/email_claims.ts';
import { checkProfile, createUser, type NewUser, type ProfileInput } from '../../users/users.ts';
import type { User } from '../../users/user.entity.ts';
import { mailVerification } from '../foundation/mailed_links.ts';
import type { Services } from '../foundation/services.ts';
import { turnOf } from '../foundation/turn.ts';
import type { UnitOfWork } from '../foundation/unit_of_work.ts';

/**
 * Creates an account for the caller, while `REGISTRATION` is open. The account exists also if its address belongs to
 * another account: it has the address as text, until it proves it. So nothing in the answer, in its time or in the
 * account tells that the address is taken; the mail does.
 * @throws BAD_USER_INPUT, CONFLICT (the name), RATE_LIMITED
 */
export type Register = (input: ProfileInput & { readonly password: string }, request: RequestInfo) => Promise<User>;

const ROLE = 'user';

export function createRegister(services: Services, unitOfWork: UnitOfWork): Register {
  const { attempts, hasher, checkPassword, clock } = services;

  /** @param mayOwn false if the address became another account's since it was looked up */
  async function create(input: NewUser, request: RequestInfo, mayOwn = true): Promise<User> {
    return unitOfWork(async (db) => {
      const at = new Date(clock());
      const holder = await findEmailHolder(db, input.email);
      const user = await createUser(db, { ...input, ownsEmail: mayOwn && holder === null }, at);
      const by = { actor: SYSTEM, request };
      record(db, { type: 'user.created', subject: user.username, detail: { role: ROLE }, at }, by);
      await mailVerification(services, { db, at }, user);
      return user;
    });
  }

  return async ({ password, ...input }, request) => {
    // Counted even if it succeeds. Threat: each call costs a hash, and reveals whether a name is taken.
    await attempts.spend(request.address);
    const profile = checkProfile(input);
    await checkPassword(password, profile);
    const passwordHash = await hasher.hash(password, turnOf(request, profile.username));
    const account = { ...profile, role: ROLE, passwordHash };
    return create(account, request).catch((error: unknown) => {
      if (!(error instanceof Refusal) || !error.fields?.some(({ field }) => field === 'email')) throw error;
      return create(account, request, false);
    });
  };
}
