import type { Invocation } from '../../kernel/actor.ts';
import type { SigningKey } from '../../keys/signing_key.entity.ts';
import type { Services } from '../foundation/services.ts';

/**
 * The management of signing keys, for admins. Each change returns the new keys. It takes effect here at once, and on
 * other replicas within seconds.
 * @throws as {@link SigningKeys}
 */
export interface SigningKeyAdmin {
  list(): Promise<SigningKey[]>;
  /** Rotates the keys. @param hurry true even if caches may not have the next key yet */
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
    // The change is committed. If the refresh fails, the next periodic refresh loads it.
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
