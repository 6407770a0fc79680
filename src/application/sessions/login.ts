import type { Origin } from '../../audit/audit.ts';
import type { Client } from '../../clients/client.entity.ts';
import { Refusal } from '../../kernel/errors.ts';
import { createFailedSignIns } from '../authentication/failed_sign_ins.ts';
import { observeSignIn } from '../authentication/observe_sign_in.ts';
import { type OpenedSession, openSession, type SessionGrant } from '../authentication/open_session.ts';
import type { Credentials, VerifyPassword } from '../authentication/steps/password.ts';
import { issue, type SignedIn } from '../foundation/issue.ts';
import type { Parts } from '../foundation/services.ts';
import type { Change } from '../foundation/unit_of_work.ts';

/** A program's part of a sign-in. */
export interface Asked {
  /** The registered client that asks, which proved itself; null without one. */
  readonly client: Client | null;
  /** Space-separated scopes; null: whatever may be granted. */
  readonly scope: string | null;
}

const EVERYTHING: Asked = { client: null, scope: null };

/**
 * Signs a person in: a new session with its first tokens.
 * Throws INCORRECT_LOGIN alike for an unknown, wrong or inactive account (OWASP Authentication), INVALID_SCOPE,
 * RATE_LIMITED, OVERLOADED, SERVICE_UNAVAILABLE.
 */
export type Login = (credentials: Credentials, origin: Origin, asked?: Asked) => Promise<LoggedIn>;

export interface LoggedIn extends SignedIn {
  /** Makes the device known: see `limits/device.ts`. */
  readonly deviceToken: string;
}

export function createLogin(parts: Parts, verifyPassword: VerifyPassword, change: Change): Login {
  const { devices, clock } = parts;
  const failures = createFailedSignIns(parts);

  /** Returns null if the account changed between the proof and the session: the password is asked again then. */
  async function open(grant: SessionGrant, origin: Origin): Promise<OpenedSession | null> {
    return change((db, effects) => openSession(parts, { db, effects, origin, at: new Date(clock()) }, grant)).catch(
      failures.refused(grant.authentication.username, origin),
    );
  }

  async function login(credentials: Credentials, origin: Origin, asked: Asked): Promise<LoggedIn> {
    const authentication = await verifyPassword(credentials, origin, 'sign-in');
    if (!authentication) throw new Refusal('INCORRECT_LOGIN');
    const opened = await open({ authentication, ...asked }, origin);
    if (!opened) return login(credentials, origin, asked);
    const { user, session, token } = opened;
    const signedIn = await issue(parts, user, session, token, session.createdAt);
    return { ...signedIn, deviceToken: devices.issue(user.username, user.deviceEpoch) };
  }

  return (credentials, origin, asked = EVERYTHING) => observeSignIn(parts, () => login(credentials, origin, asked));
}
