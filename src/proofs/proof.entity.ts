import { defineEntity } from '@mikro-orm/core';
import type { ProofPurpose } from './purposes.ts';

/** A one-time thing: stored when it is made, or only when a sealed one is redeemed. */
export const ProofEntity = defineEntity({
  name: 'Proof',
  tableName: 'proofs',
  properties: (p) => ({
    /** SHA-256 of the purpose and the token. */
    digest: p.blob().primary(),
    purpose: p.string().$type<ProofPurpose>(),
    userId: p.uuid().nullable(),
    clientId: p.string().nullable(),
    /** SHA-256 of what the presenter must show again, such as the browser; null if the proof is not bound. */
    binding: p.blob().nullable(),
    /** HMAC of the purpose, the account and the short code; null if there is no code. */
    codeDigest: p.blob().nullable(),
    data: p.json<Readonly<Record<string, unknown>>>(),
    attempts: p.smallint(),
    createdAt: p.datetime(),
    expiresAt: p.datetime(),
    /** The row is not removed before: it recognises a second use. */
    keptUntil: p.datetime(),
    usedAt: p.datetime().nullable(),
  }),
});
