import { ACCOUNT } from './account.ts';
import type { Part } from './example.ts';
import { CLIENTS, describeAudit, GATEWAY, KEYS } from './operations.ts';
import { SESSIONS, SIGN_IN } from './sessions.ts';
import { USERS } from './users.ts';

/** An example for everything that the schema can be asked. @param now what times are counted back from */
export function describeParts(now: Date): readonly Part[] {
  return [ACCOUNT, SESSIONS, USERS, describeAudit(now), CLIENTS, KEYS, GATEWAY, SIGN_IN];
}
