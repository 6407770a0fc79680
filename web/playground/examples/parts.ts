import { ACCOUNT } from './account.ts';
import type { Part } from './example.ts';
import { FACTORS } from './factors.ts';
import { CLIENTS, describeAudit, GATEWAY, KEYS, MAILS } from './operations.ts';
import { PASSKEYS } from './passkeys.ts';
import { RECOVERY } from './recovery.ts';
import { SESSIONS, SIGN_IN } from './sessions.ts';
import { USERS } from './users.ts';

/** Returns an example for every field of the schema. @param now the end of the periods in them */
export function describeParts(now: Date): readonly Part[] {
  return [
    ACCOUNT,
    RECOVERY,
    FACTORS,
    PASSKEYS,
    SESSIONS,
    USERS,
    describeAudit(now),
    CLIENTS,
    KEYS,
    MAILS,
    GATEWAY,
    SIGN_IN,
  ];
}
