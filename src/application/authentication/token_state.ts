import { Refusal } from '../../kernel/errors.ts';
import type { AccessTokenClaims } from '../../tokens/access_token.ts';
import type { LiveUser } from '../../users/live_users.ts';
import type { Services } from '../foundation/services.ts';

/** What the stores say now of an access token whose signature is good. */
export interface TokenState {
  readonly denied: boolean;
  /** Whose it is; null where that account is not there, and for a program's own token. */
  readonly user: LiveUser | null;
}

/** Asks the key-value store once, and PostgreSQL about what is not known there. Throws SERVICE_UNAVAILABLE. */
export async function tokenStateOf(
  claims: AccessTokenClaims,
  { stateCache, denylist, liveUsers }: Pick<Services, 'stateCache' | 'denylist' | 'liveUsers'>,
): Promise<TokenState> {
  const { values, generation } = await stateCache.read([liveUsers.key(claims.sub), ...denylist.keys(claims)]);
  const [found = null, ...denials] = values;
  if (await denylist.resolve(claims, denials)) return { denied: true, user: null };
  return {
    denied: false,
    user: claims.sid === undefined ? null : await liveUsers.resolve(claims.sub, found, generation),
  };
}

/** Null for what is no access token, or none any more. */
export async function claimsOf(verified: Promise<AccessTokenClaims>): Promise<AccessTokenClaims | null> {
  try {
    return await verified;
  } catch (error) {
    if (error instanceof Refusal && error.kind === 'CREDENTIALS') return null;
    throw error;
  }
}
