import { z } from 'zod';
import { removeRecoveryCodes } from '../../credentials/recovery/recovery_codes.ts';
import { removePasskeys } from '../../credentials/webauthn/passkeys.ts';
import type { Invocation } from '../../kernel/actor.ts';
import { Refusal } from '../../kernel/errors.ts';
import { failsWith, schemaFaults } from '../../kernel/schema_faults.ts';
import type { User } from '../../users/user.entity.ts';
import type { UpdateAccount } from './update_account.ts';
import { noteFactors } from '../authentication/factors.ts';
import { distrustDevices } from '../authentication/known_device.ts';
import { endProofs } from '../foundation/end_proofs.ts';
import { notify } from '../foundation/notify.ts';
import type { Services } from '../foundation/services.ts';

/**
 * Removes all second factors and recovery codes of an account whose user lost them, and ends its sessions and open
 * proofs. The password stays; without one, the user needs a password reset as well.
 * @param reason recorded in the audit log; must not contain a secret
 * @throws BAD_USER_INPUT, FORBIDDEN if the account's role has scopes that the actor lacks, SERVICE_UNAVAILABLE
 */
export type ResetFactors = (username: string, reason: string, by: Invocation) => Promise<User>;

const shape = z.object({
  reason: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .refine((text) => text.isWellFormed(), failsWith({ code: 'NOT_UNICODE' }))
    .refine((text) => !/[\p{Cc}\p{Cf}]/u.test(text), failsWith({ code: 'CONTROL_CHARACTERS' })),
});

export function createResetFactors(services: Services, updateAccount: UpdateAccount): ResetFactors {
  const { totp, sessions } = services;
  return async (username, reason, by) => {
    const { success, data, error } = shape.safeParse({ reason });
    if (!success) throw new Refusal('BAD_USER_INPUT', { fields: schemaFaults(error) });
    return updateAccount({ username, type: 'factors.reset', by }, async ({ user, db, effects, at }) => {
      const hadTotp = await totp.remove(db, user.id);
      await totp.forgive(db, user.id);
      const passkeys = await removePasskeys(db, user.id);
      await removeRecoveryCodes(db, user.id);
      await noteFactors(db, user);
      distrustDevices(user);
      await endProofs(services, db, user.id);
      const ended = await sessions.end(db, { userId: user.id }, { by: 'factors', at });
      effects.denySessions(ended);
      effects.changed(user);
      const { request } = by;
      if (hadTotp) await notify(services, db, { user, facts: { kind: 'factor-removed', factor: 'totp' }, request, at });
      if (passkeys > 0) {
        await notify(services, db, { user, facts: { kind: 'factor-removed', factor: 'passkey' }, request, at });
      }
      return { result: user, detail: { reason: data.reason, sessionsEnded: ended.length, passkeys, totp: hadTotp } };
    });
  };
}
