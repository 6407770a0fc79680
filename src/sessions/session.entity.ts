import { defineEntity, type InferEntity } from '@mikro-orm/core';

/** One sign-in on one device: a family of refresh tokens in one row, however often it refreshes. */
export const SessionEntity = defineEntity({
  name: 'Session',
  tableName: 'sessions',
  properties: (p) => ({
    id: p.uuid().primary(),
    userId: p.uuid(),
    /** The registered client its tokens are bound to; null for our own pages and the password grant without one. */
    clientId: p.string().nullable(),
    /** The scopes that were granted; null: all that the role has, whatever it is by then. */
    scope: p.string().nullable(),
    /** How many times it was rotated: the generation of the one token that is current. */
    generation: p.integer(),
    /** SHA-256 of the current token. */
    tokenDigest: p.blob(),
    /** SHA-256 of the token it replaced. */
    parentDigest: p.blob().nullable(),
    /** The current token, sealed under its parent, for whoever presents the parent again within the grace. */
    sealedSuccessor: p.blob().nullable(),
    /** When the current token was made, by PostgreSQL's clock: its parent's grace begins. */
    rotatedAt: p.datetime().nullable(),
    /** When the parent was first used: a retry that makes a fresh successor does not make the parent younger. */
    parentUsedAt: p.datetime().nullable(),
    /** The last presenter of the parent. */
    rotatedByAddress: p.string().nullable(),
    rotatedByAgent: p.blob().nullable(),
    address: p.string(),
    userAgent: p.string().nullable(),
    /** When the owner last proved to be the owner. Null in rows of an earlier release: at `createdAt`. */
    authenticatedAt: p.datetime().nullable(),
    /** The methods that the owner proved (RFC 8176), space-separated. */
    amr: p.string(),
    /** The level of assurance: 1 for one factor, 2 for two. */
    acr: p.smallint(),
    createdAt: p.datetime(),
    lastUsedAt: p.datetime(),
    expiresAt: p.datetime(),
    /** When the last access token given out for it expires: so long must a denial of it stand. */
    accessExpiresAt: p.datetime(),
    endedAt: p.datetime().nullable(),
    endedBy: p.string().nullable(),
  }),
});

export type Session = InferEntity<typeof SessionEntity>;
