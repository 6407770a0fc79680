import type { RequestInfo } from '../../kernel/request_info.ts';
import type { Client } from '../../clients/client.entity.ts';
import { Refusal } from '../../kernel/errors.ts';
import { createFailedSignIns } from '../authentication/failed_sign_ins.ts';
import { observeSignIn } from '../authentication/observe_sign_in.ts';
import { openSession, type SessionGrant } from '../authentication/open_session.ts';
import { assuranceOf } from '../authentication/authentication.ts';
import { deviceTokenOf } from '../authentication/known_device.ts';
import { secondFactorRequired, suspendSignIn } from '../authentication/suspend_sign_in.ts';
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
 * @throws SECOND_FACTOR_REQUIRED with the ticket for `CompleteLogin`, if the account has a second factor
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
  const { clock } = services;
  const failures = createFailedSignIns(services);

  /** Opens a session, or keeps the sign-in behind a ticket. */
  async function open(grant: SessionGrant, request: RequestInfo) {
    return unitOfWork(async (db, effects) => {
      const opening = { db, effects, request, at: new Date(clock()) };
      const result = await openSession(services, opening, grant);
      if (result.verdict !== 'incomplete') return result;
      const { authentication, client, scope } = grant;
      const clientId = client?.id ?? null;
      const nextStep = await suspendSignIn(services, opening, { admission: result, authentication, clientId, scope });
      return { verdict: 'incomplete', nextStep } as const;
    }).catch(failures.refused(grant.authentication.username, request));
  }

  async function login(
    credentials: PasswordCredentials,
    request: RequestInfo,
    asked: RequestedGrant,
  ): Promise<LoggedIn> {
    const authentication = await verifyPassword(credentials, request, 'sign-in');
    if (!authentication) throw new Refusal('INCORRECT_LOGIN');
    const result = await open({ authentication, ...asked }, request);
    switch (result.verdict) {
      case 'void':
        // The account changed since its password was verified.
        return login(credentials, request, asked);
      case 'incomplete':
        throw secondFactorRequired(result.nextStep);
      case 'opened': {
        const { user, session, token } = result;
        const signedIn = await issue(services, { user, session, token, at: session.createdAt });
        const isComplete = assuranceOf(authentication) === 2;
        return { ...signedIn, deviceToken: deviceTokenOf(services, user, { request, isComplete }) };
      }
    }
  }

  return (credentials, request, asked = EVERYTHING) =>
    observeSignIn(services, () => login(credentials, request, asked));
}
