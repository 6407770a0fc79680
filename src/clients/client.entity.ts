import { defineEntity, type InferEntity } from '@mikro-orm/core';

/** A program that is registered: it may get tokens of its own, or of the people who allow it to. */
export const ClientEntity = defineEntity({
  name: 'Client',
  tableName: 'clients',
  properties: (p) => ({
    /** What `client_id` carries. Never given out twice. */
    id: p.string().primary(),
    /** As people read it on the consent page. */
    name: p.string(),
    /** SHA-256 of a generated 256-bit secret, which needs no slow hash; null for a public client. */
    secretDigest: p.blob().nullable(),
    /** Whether it has to use PKCE for codes. False only for a confidential client: its secret and `state` do instead. */
    pkce: p.boolean(),
    /** Compared character by character (RFC 9700 section 2.1). */
    redirectUris: p.json<string[]>(),
    grantTypes: p.json<string[]>(),
    /** The most it may be granted; what a person's role lacks is lacking all the same. */
    scopes: p.json<string[]>(),
    createdAt: p.datetime(),
    removedAt: p.datetime().nullable(),
  }),
});

export type Client = InferEntity<typeof ClientEntity>;
