import type { Client } from '../../clients/client.entity.ts';
import { clientName } from '../../kernel/actor.ts';
import type { Issued } from '../foundation/issue.ts';
import type { Services } from '../foundation/services.ts';
import { grantClientScope } from '../foundation/scopes.ts';

/**
 * A token of a program's own, for nobody (RFC 6749 section 4.4): no role, no session, no refresh token.
 * Throws INVALID_SCOPE, RATE_LIMITED, SERVICE_UNAVAILABLE.
 */
export type ClientToken = (client: Client, scope: string | null) => Promise<Issued>;

export function createClientToken({ accessTokens, keyValue, quotas, clock }: Services): ClientToken {
  return async (client, asked) => {
    const scope = grantClientScope(client, asked);
    // What bounds a client's tokens bounds its denials: it can take back no more than it was given.
    await quotas.spend('clientTokens', client.id);
    // Without the denylist nobody could use it.
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
