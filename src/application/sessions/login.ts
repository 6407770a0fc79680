import type { RequestInfo } from '../../kernel/request_info.ts';
import type { Client } from '../../clients/client.entity.ts';
import { Refusal } from '../../kernel/errors.ts';
import { createFailedSignIns } from '../authentication/failed_sign_ins.ts';
import { observeSignIn } from '../authentication/observe_sign_in.ts';
import { type OpenedSession, openSession, type SessionGrant } from '../authentication/open_session.ts';
import type { PasswordCredentials, VerifyPassword } from '../authentication/steps/password.ts';
import { issue, type SignedIn } from '../foundation/issue.ts';
import type { Services } from '../foundation/services.ts';
import type { UnitOfWork } from '../foundation/unit_of_work.ts';

/** The client's part of a sign-in. */
export interface RequestedGrant {
  /** The authenticated client; null without one. */
  readonly client: Client | null;
  /** Space-separated scopes; null for all that can be granted. */
  readonly scope: string | null;
}

const EVERYTHING: RequestedGrant = { client: null, scope: null };

/**
 * Signs a user in: opens a session and returns its first tokens.
 * @throws INCORRECT_LOGIN for an unknown name, a wrong password or a disabled account alike (OWASP Authentication)
 * @throws INVALID_SCOPE, RATE_LIMITED, OVERLOADED, SERVICE_UNAVAILABLE
 */
export type Login = (
  credentials: PasswordCredentials,
  request: RequestInfo,
  asked?: RequestedGrant,
) => Promise<LoggedIn>;

export interface LoggedIn extends SignedIn {
  /** The token that recognises the device later: see `limits/device.ts`. */
  readonly deviceToken: string;
}

export function createLogin(services: Services, verifyPassword: VerifyPassword, unitOfWork: UnitOfWork): Login {
  const { devices, clock } = services;
  const failures = createFailedSignIns(services);

  /** Returns null if the account changed since its password was verified. The password is then verified again. */
  async function open(grant: SessionGrant, request: RequestInfo): Promise<OpenedSession | null> {
    return unitOfWork((db, effects) =>
      openSession(services, { db, effects, request, at: new Date(clock()) }, grant),
    ).catch(failures.refused(grant.authentication.username, request));
  }

  async function login(
    credentials: PasswordCredentials,
    request: RequestInfo,
    asked: RequestedGrant,
  ): Promise<LoggedIn> {
    const authentication = await verifyPassword(credentials, request, 'sign-in');
    if (!authentication) throw new Refusal('INCORRECT_LOGIN');
    const opened = await open({ authentication, ...asked }, request);
    if (!opened) return login(credentials, request, asked);
    const { user, session, token } = opened;
    const signedIn = await issue(services, { user, session, token, at: session.createdAt });
    return { ...signedIn, deviceToken: devices.issue(user.username, user.deviceEpoch) };
  }

  return (credentials, request, asked = EVERYTHING) =>
    observeSignIn(services, () => login(credentials, request, asked));
}
