import { Refusal } from '../../kernel/errors.ts';
import type { AccessTokenClaims } from '../../tokens/access_token.ts';
import type { LiveUser } from '../../users/live_users.ts';
import type { Services } from '../foundation/services.ts';

/** The current state of an access token with a valid signature. */
export interface TokenState {
  readonly denied: boolean;
  /** The user of the token; null if the account does not exist, and for the token of a client without a user. */
  readonly user: LiveUser | null;
}

/**
 * Returns the state of a token. It reads the key-value store once, and PostgreSQL on a miss.
 * @throws SERVICE_UNAVAILABLE
 */
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

/** Returns the claims of a verified token; null if it is invalid or expired. */
export async function claimsOf(verified: Promise<AccessTokenClaims>): Promise<AccessTokenClaims | null> {
  try {
    return await verified;
  } catch (error) {
    if (error instanceof Refusal && error.kind === 'CREDENTIALS') return null;
    throw error;
  }
}
