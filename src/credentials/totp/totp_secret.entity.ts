import { defineEntity, type InferEntity } from '@mikro-orm/core';
import type { FailedGuess } from './guess_budget.ts';

/** The authenticator app of an account: one row, so that at most one secret is confirmed. */
export const TotpSecretEntity = defineEntity({
  name: 'TotpSecret',
  tableName: 'totp_secrets',
  properties: (p) => ({
    userId: p.uuid().primary(),
    /** The key that both secrets of this row are sealed under: see `sealed_secret.ts`. */
    keyId: p.string(),
    /** The secret that sign-ins ask for; null before the first right code, and after a removal. */
    confirmedSecret: p.blob().nullable(),
    confirmedAt: p.datetime().nullable(),
    /** The step of the last code that was accepted. Codes of this step and of earlier ones are spent. */
    lastStep: p.integer().nullable(),
    /** A secret that counts once a code of it was entered in the session that made it. */
    pendingSecret: p.blob().nullable(),
    pendingSession: p.uuid().nullable(),
    pendingSince: p.datetime().nullable(),
    pendingFailures: p.integer(),
    /** The wrong codes of the last day. A removal keeps them, so that a new secret brings no new guesses. */
    failures: p.json<readonly FailedGuess[]>(),
  }),
});

export type TotpSecret = InferEntity<typeof TotpSecretEntity>;
