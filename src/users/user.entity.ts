import { defineEntity, type InferEntity } from '@mikro-orm/core';

/** An account. A deleted one leaves its name behind, so that nobody is ever given it again. */
export const UserEntity = defineEntity({
  name: 'User',
  tableName: 'users',
  properties: (p) => ({
    id: p.uuid().primary(),
    /** Lower case; what `sub` carries. */
    username: p.string(),
    email: p.string().nullable(),
    fullName: p.string().nullable(),
    role: p.string(),
    disabled: p.boolean(),
    passwordHash: p.text().nullable(),
    /** Raised when the password changes or a token was stolen: what devices were trusted before is trusted no more. */
    deviceEpoch: p.integer(),
    createdAt: p.datetime(),
    lastLoginAt: p.datetime().nullable(),
    deletedAt: p.datetime().nullable(),
  }),
});

export type User = InferEntity<typeof UserEntity>;
