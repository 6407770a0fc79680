import { SYSTEM } from '../../kernel/actor.ts';
import type { RequestInfo } from '../../kernel/request_info.ts';
import type { ProfileInput } from '../../users/users.ts';
import type { User } from '../../users/user.entity.ts';
import type { Accounts } from './accounts.ts';
import type { Services } from '../foundation/services.ts';

/** Creates an account for the caller, while `REGISTRATION` is open. @throws BAD_USER_INPUT, CONFLICT, RATE_LIMITED */
export type Register = (input: ProfileInput & { readonly password: string }, request: RequestInfo) => Promise<User>;

export function createRegister({ attempts }: Pick<Services, 'attempts'>, accounts: Accounts): Register {
  return async (input, request) => {
    // Counted even if it succeeds. Threat: each call costs a hash, and reveals whether a name is taken.
    await attempts.spend(request.address);
    return accounts.create({ ...input, role: 'user' }, { actor: SYSTEM, request });
  };
}
