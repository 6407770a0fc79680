import type { Origin } from '../../audit/audit.ts';
import type { Client } from '../../clients/client.entity.ts';
import { isStillThere } from '../../clients/clients.ts';
import { Refusal } from '../../kernel/errors.ts';
import { issue, type SignedIn } from '../foundation/issue.ts';
import { makeRoom } from '../authentication/make_room.ts';
import type { Parts } from '../foundation/services.ts';
import { grantScope } from '../foundation/scopes.ts';
import type { Credentials, SignIn } from '../authentication/sign_in.ts';

/** What a program asks for beside a password. */
export interface Asked {
  /** The registered client that asks, which proved itself; null without one. */
  readonly client: Client | null;
  /** Space-separated scopes; null: whatever may be granted. */
  readonly scope: string | null;
}

const EVERYTHING: Asked = { client: null, scope: null };

/** Signs a person in: a new session with its first tokens. Throws as {@link SignIn}, and INVALID_SCOPE. */
export type Login = (credentials: Credentials, origin: Origin, asked?: Asked) => Promise<LoggedIn>;

export interface LoggedIn extends SignedIn {
  /** Makes the device known: see `limits/device.ts`. */
  readonly deviceToken: string;
}

export function createLogin(parts: Parts, signIn: SignIn): Login {
  const { sessions, settings, devices } = parts;
  return async (credentials, origin, { client, scope } = EVERYTHING) => {
    const { user, at, session, token } = await signIn(credentials, origin, async (db, user, { at, effects }) => {
      const granted = grantScope(settings.roles, user.role, client, scope);
      const grant = { clientId: client?.id ?? null, scope: granted };
      await makeRoom(parts, { db, user }, { effects, origin, at });
      const started = sessions.start(db, user.id, grant, origin, at);
      if (client && !(await isStillThere(db, client))) throw new Refusal('INVALID_SCOPE');
      return { user, at, ...started };
    });
    const signedIn = await issue(parts, user, session, token, at);
    return { ...signedIn, deviceToken: devices.issue(user.username, user.deviceEpoch) };
  };
}
