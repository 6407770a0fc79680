import { defineEntity, type InferEntity } from '@mikro-orm/core';

/**
 * A denial that survives the loss of Redis: `sid:<session>`, `jti:<token>` or `client:<client>`, until all denied
 * tokens have expired.
 */
export const RevocationEntity = defineEntity({
  name: 'Revocation',
  tableName: 'revocations',
  properties: (p) => ({
    subject: p.string().primary(),
    expiresAt: p.datetime(),
  }),
});

export type Revocation = InferEntity<typeof RevocationEntity>;
