import type { Client } from '../../clients/client.entity.ts';
import { clientName } from '../../kernel/actor.ts';
import type { Issued } from '../foundation/issue.ts';
import type { Services } from '../foundation/services.ts';
import { grantClientScope } from '../foundation/scopes.ts';

/**
 * Issues a token for a client without a user (RFC 6749 section 4.4): no role, no session, no refresh token.
 * @throws INVALID_SCOPE, RATE_LIMITED, SERVICE_UNAVAILABLE
 */
export type ClientToken = (client: Client, scope: string | null) => Promise<Issued>;

export function createClientToken({ accessTokens, keyValue, quotas, clock }: Services): ClientToken {
  return async (client, asked) => {
    const scope = grantClientScope(client, asked);
    // The quota also limits the denials of a client, because it can revoke only issued tokens.
    await quotas.spend('clientTokens', client.id);
    // Without the denylist, no token is accepted.
    await keyValue.ping();
    const at = new Date(clock());
    const notAfter = new Date(at.getTime() + accessTokens.lifetime * 1000);
    const { token, expiresIn } = await accessTokens.issue(
      { sub: clientName(client.id), scope, clientId: client.id },
      at,
      notAfter,
    );
    return { accessToken: token, expiresIn, scope };
  };
}
