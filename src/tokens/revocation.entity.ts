import { defineEntity, type InferEntity } from '@mikro-orm/core';

/** A denial that outlives Redis: `sid:<session>` or `jti:<token>`, until no token it speaks of can be valid. */
export const RevocationEntity = defineEntity({
  name: 'Revocation',
  tableName: 'revocations',
  properties: (p) => ({
    subject: p.string().primary(),
    expiresAt: p.datetime(),
  }),
});

export type Revocation = InferEntity<typeof RevocationEntity>;
