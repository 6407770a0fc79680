import { defineEntity, type InferEntity } from '@mikro-orm/core';

/** `next`: published but not in use. `current`: signing. `retiring`: only verifying. Afterwards, the row is deleted. */
export type KeyState = 'next' | 'current' | 'retiring';

/** An asymmetric key. Its private key is sealed under a key derived from `JWT_SECRET_KEY`. */
export const SigningKeyEntity = defineEntity({
  name: 'SigningKey',
  tableName: 'signing_keys',
  properties: (p) => ({
    kid: p.string().primary(),
    algorithm: p.string(),
    publicJwk: p.json<Record<string, string>>(),
    sealedPrivateJwk: p.blob(),
    createdAt: p.datetime(),
    state: p.string().$type<KeyState>(),
    stateSince: p.datetime(),
  }),
});

export type SigningKey = InferEntity<typeof SigningKeyEntity>;
