import { defineEntity, type InferEntity } from '@mikro-orm/core';

/** One sign-in on one device: a family of refresh tokens in one row, with any number of refreshes. */
export const SessionEntity = defineEntity({
  name: 'Session',
  tableName: 'sessions',
  properties: (p) => ({
    id: p.uuid().primary(),
    userId: p.uuid(),
    /** The registered client its tokens are bound to; null for a first-party sign-in. */
    clientId: p.string().nullable(),
    /** The granted scopes; null for all scopes that the role has at the time of use. */
    scope: p.string().nullable(),
    /** The number of rotations, which is the generation of the current token. */
    generation: p.integer(),
    /** SHA-256 of the current token. */
    tokenDigest: p.blob(),
    /** SHA-256 of the current token's parent. */
    parentDigest: p.blob().nullable(),
    /** The current token, sealed under its parent, which can open it again within the grace. */
    sealedSuccessor: p.blob().nullable(),
    /** The time, by PostgreSQL's clock, at which the current token was made. The grace of its parent begins here. */
    rotatedAt: p.datetime().nullable(),
    /**
     * The first use of the parent. A retry does not change it, so that repeated retries cannot prolong the time for
     * retries.
     */
    parentUsedAt: p.datetime().nullable(),
    /** The last presenter of the parent. */
    rotatedByAddress: p.string().nullable(),
    rotatedByAgent: p.blob().nullable(),
    address: p.string(),
    userAgent: p.string().nullable(),
    /** The time of the owner's last authentication. Null in rows of an earlier release; then it is `createdAt`. */
    authenticatedAt: p.datetime().nullable(),
    /** The methods of authentication (RFC 8176), space-separated. */
    amr: p.string(),
    /** The level of assurance: 1 for one factor, 2 for two. */
    acr: p.smallint(),
    createdAt: p.datetime(),
    lastUsedAt: p.datetime(),
    expiresAt: p.datetime(),
    /** The expiry of the session's last access token. A denial of the session must stand until then. */
    accessExpiresAt: p.datetime(),
    endedAt: p.datetime().nullable(),
    endedBy: p.string().nullable(),
  }),
});

export type Session = InferEntity<typeof SessionEntity>;
