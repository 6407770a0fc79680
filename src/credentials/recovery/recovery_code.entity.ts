import { defineEntity } from '@mikro-orm/core';

/** A recovery code that was not used. Its use deletes the row. */
export const RecoveryCodeEntity = defineEntity({
  name: 'RecoveryCode',
  tableName: 'recovery_codes',
  properties: (p) => ({
    /** The digest of the account and the code: see `recovery_code.ts`. */
    digest: p.blob().primary(),
    userId: p.uuid(),
    createdAt: p.datetime(),
  }),
});
