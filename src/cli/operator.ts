import { userInfo } from 'node:os';
import type { Principal } from '../application/authentication/principal.ts';
import type { Asker } from '../application/foundation/signing_keys.ts';

/** Who sits at the machine. */
export interface Operator extends Asker {
  /** For the audit log; the colon keeps it apart from every user name. */
  readonly actor: string;
  /**
   * The same as an admin who asks: whoever can read the configuration has the database and the secrets, and so may do
   * all that an admin may. It is no account, so nothing that an account may not do to itself is in its way.
   */
  readonly principal: Principal;
}

/** An id that no account has. */
const NOBODYS = '00000000-0000-0000-0000-000000000000';

/** Whoever runs the command: `cli:` and the name by which the system knows them. */
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

/** In a container that runs as a user whom nobody named, there is a number alone. */
function nameOfOperator(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid-${process.getuid?.()}`;
  }
}
