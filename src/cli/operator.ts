import { userInfo } from 'node:os';
import type { Principal } from '../application/authentication/principal.ts';
import type { Asker } from '../application/foundation/signing_keys.ts';

/** The operator at the machine. */
export interface Operator extends Asker {
  /** The name in the audit log; no user name contains a colon. */
  readonly actor: string;
  /**
   * Has the rights of an admin, because an operator can read the configuration and thus the database and the secrets. It
   * is not an account, so rules about an account's own changes do not apply.
   */
  readonly principal: Principal;
}

/** An id that no account has. */
const NOBODYS = '00000000-0000-0000-0000-000000000000';

/** Returns the operator: `cli:` and their user name on this system. */
export function operator(): Operator {
  const actor = `cli:${nameOfOperator()}`;
  return {
    actor,
    origin: { address: 'localhost', userAgent: null, requestId: 'cli' },
    principal: {
      user: {
        id: NOBODYS,
        username: actor,
        fullName: null,
        email: null,
        disabled: false,
        role: 'admin',
        createdAt: new Date(0),
        lastLoginAt: null,
      },
      sid: NOBODYS,
      tokenRole: 'admin',
      clientId: null,
      scopes: ['*'],
      narrowed: false,
      jti: NOBODYS,
      expiresAt: Infinity,
    },
  };
}

/** Falls back to the user id, because a container's user may have no name. */
function nameOfOperator(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid-${process.getuid?.()}`;
  }
}
