import { Refusal } from '../../kernel/errors.ts';
import type { Claims } from '../../tokens/access_token.ts';
import type { LiveUser } from '../../users/live_users.ts';
import type { Services } from '../foundation/services.ts';

/** What the stores say now of an access token whose signature is good. */
export interface Standing {
  readonly denied: boolean;
  /** Whose it is; null where that account is not there, and for a program's own token. */
  readonly user: LiveUser | null;
}

/** Asks the key-value store once, and PostgreSQL about what is not known there. Throws SERVICE_UNAVAILABLE. */
export async function standingOf(
  claims: Claims,
  { mirror, denylist, liveUsers }: Pick<Services, 'mirror' | 'denylist' | 'liveUsers'>,
): Promise<Standing> {
  const { values, copy } = await mirror.read([liveUsers.key(claims.sub), ...denylist.keys(claims)]);
  const [found = null, ...denials] = values;
  if (await denylist.resolve(claims, denials)) return { denied: true, user: null };
  return { denied: false, user: claims.sid === undefined ? null : await liveUsers.resolve(claims.sub, found, copy) };
}

/** Null for what is no access token, or none any more. */
export async function claimsOf(verified: Promise<Claims>): Promise<Claims | null> {
  try {
    return await verified;
  } catch (error) {
    if (error instanceof Refusal && error.kind === 'CREDENTIALS') return null;
    throw error;
  }
}
