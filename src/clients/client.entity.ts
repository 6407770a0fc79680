import { defineEntity, type InferEntity } from '@mikro-orm/core';

/** A registered client: it may get tokens for itself, or for users who consent. */
export const ClientEntity = defineEntity({
  name: 'Client',
  tableName: 'clients',
  properties: (p) => ({
    /** The `client_id`. Never given out twice. */
    id: p.string().primary(),
    /** The name on the consent page. */
    name: p.string(),
    /** SHA-256 of a generated 256-bit secret, which needs no slow hash; null for a public client. */
    secretDigest: p.blob().nullable(),
    /**
     * True if the client must use PKCE for codes. False only for a confidential client, which uses its secret and
     * `state`.
     */
    pkce: p.boolean(),
    /** The redirect URIs, compared character by character (RFC 9700 section 2.1). */
    redirectUris: p.json<string[]>(),
    grantTypes: p.json<string[]>(),
    /** The most scopes that it may be granted; a user's role may limit them further. */
    scopes: p.json<string[]>(),
    createdAt: p.datetime(),
    removedAt: p.datetime().nullable(),
  }),
});

export type Client = InferEntity<typeof ClientEntity>;
