import { defineEntity, type InferEntity } from '@mikro-orm/core';

/**
 * An authorization code that waits for its exchange. It belongs to a session that was reserved at the user's consent.
 * Whatever ends the session ends the code, both expire together, and a second use of the code ends the session.
 */
export const AuthorizationCodeEntity = defineEntity({
  name: 'AuthorizationCode',
  tableName: 'authorization_codes',
  properties: (p) => ({
    /** SHA-256 of the code. */
    digest: p.blob().primary(),
    sessionId: p.uuid(),
    redirectUri: p.string(),
    /** The S256 challenge (RFC 7636); null if the client does not use PKCE. */
    challenge: p.string().nullable(),
  }),
});

export type AuthorizationCode = InferEntity<typeof AuthorizationCodeEntity>;
