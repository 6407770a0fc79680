import type { RequestInfo } from '../../kernel/request_info.ts';
import type { SigningKey } from '../../keys/signing_key.entity.ts';
import type { Principal } from '../authentication/principal.ts';
import type { Services } from '../foundation/services.ts';

/**
 * What admins do with signing keys: see {@link SigningKeys}, whose errors these throw too. Each change answers the keys
 * as they are after it, and is in force here at once; other replicas follow within seconds.
 */
export interface SigningKeyAdmin {
  list(): Promise<SigningKey[]>;
  /** @param hurry also where caches may not know the next key yet */
  rotate(hurry: boolean, actor: Principal, origin: RequestInfo): Promise<SigningKey[]>;
  retire(kid: string, actor: Principal, origin: RequestInfo): Promise<SigningKey[]>;
}

export function createSigningKeyAdmin({
  signingKeys,
  keys,
  log,
}: Pick<Services, 'signingKeys' | 'keys' | 'log'>): SigningKeyAdmin {
  async function after(change: Promise<void>): Promise<SigningKey[]> {
    await change;
    // Done is done: what is not read now is read with the next look at the stored keys.
    await keys
      .refresh()
      .catch((error: unknown) => log.warn({ err: error }, 'cannot load the changed signing keys yet'));
    return signingKeys.list();
  }
  return {
    list: () => signingKeys.list(),
    rotate: (hurry, { user }, origin) => after(signingKeys.rotate({ actor: user.username, origin }, hurry)),
    retire: (kid, { user }, origin) => after(signingKeys.retire(kid, { actor: user.username, origin })),
  };
}
