import { defineEntity, type InferEntity } from '@mikro-orm/core';

/** An asymmetric key. Its private half is sealed under a key derived from `JWT_SECRET_KEY`. */
export const SigningKeyEntity = defineEntity({
  name: 'SigningKey',
  tableName: 'signing_keys',
  properties: (p) => ({
    kid: p.string().primary(),
    algorithm: p.string(),
    publicJwk: p.json<Record<string, string>>(),
    sealedPrivateJwk: p.blob(),
    createdAt: p.datetime(),
  }),
});

export type SigningKey = InferEntity<typeof SigningKeyEntity>;
