import type { Invocation } from '../../kernel/actor.ts';
import type { SigningKey } from '../../keys/signing_key.entity.ts';
import type { Services } from '../foundation/services.ts';

/**
 * What admins do with signing keys: see {@link SigningKeys}, whose errors these throw too. Each change answers the keys
 * as they are after it, and is in force here at once; other replicas follow within seconds.
 */
export interface SigningKeyAdmin {
  list(): Promise<SigningKey[]>;
  /** @param hurry also where caches may not know the next key yet */
  rotate(hurry: boolean, by: Invocation): Promise<SigningKey[]>;
  retire(kid: string, by: Invocation): Promise<SigningKey[]>;
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
    rotate: (hurry, by) => after(signingKeys.rotate(by, hurry)),
    retire: (kid, by) => after(signingKeys.retire(kid, by)),
  };
}
