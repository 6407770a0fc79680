import { defineEntity, type InferEntity } from '@mikro-orm/core';

/**
 * A code that waits to be exchanged. It belongs to a session that was set aside when the person allowed it: whatever ends
 * the session ends the code, both expire together, and a code that comes twice ends the session.
 */
export const AuthorizationCodeEntity = defineEntity({
  name: 'AuthorizationCode',
  tableName: 'authorization_codes',
  properties: (p) => ({
    /** SHA-256 of the code. */
    digest: p.blob().primary(),
    sessionId: p.uuid(),
    redirectUri: p.string(),
    /** The S256 challenge (RFC 7636); null where the client asked without PKCE. */
    challenge: p.string().nullable(),
  }),
});

export type AuthorizationCode = InferEntity<typeof AuthorizationCodeEntity>;
