import { defineEntity, type InferEntity } from '@mikro-orm/core';

/** An account. A deleted account keeps its name, so that the name is never given out again. */
export const UserEntity = defineEntity({
  name: 'User',
  tableName: 'users',
  properties: (p) => ({
    id: p.uuid().primary(),
    /** Lower case; the `sub` of tokens. */
    username: p.string(),
    /** As it was typed, in NFC. Mail goes to this spelling. */
    email: p.string().nullable(),
    /**
     * The key of `foldEmail`; another text if the address belongs to another account: see `email_claims.ts`. Null if
     * another account had the same key when the column was added.
     */
    emailKey: p.text().nullable(),
    /** The time at which the owner of the address confirmed it; null before. */
    emailVerifiedAt: p.datetime().nullable(),
    fullName: p.string().nullable(),
    role: p.string(),
    disabled: p.boolean(),
    passwordHash: p.text().nullable(),
    /** Raised when the password changes or a token was stolen. Devices of an earlier epoch are not trusted. */
    deviceEpoch: p.integer(),
    /** The last time that the password was looked up among those of breaches at a sign-in. */
    breachCheckedAt: p.datetime().nullable(),
    /** A copy for requests: whether a row of a factor exists. Sign-ins read the rows. */
    secondFactor: p.boolean(),
    createdAt: p.datetime(),
    /** The time of the invitation that was not accepted yet; null for every other account. */
    invitedAt: p.datetime().nullable(),
    lastLoginAt: p.datetime().nullable(),
    deletedAt: p.datetime().nullable(),
  }),
});

export type User = InferEntity<typeof UserEntity>;
