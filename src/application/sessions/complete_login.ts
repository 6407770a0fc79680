import { findClient } from '../../clients/clients.ts';
import { Refusal } from '../../kernel/errors.ts';
import type { RequestInfo } from '../../kernel/request_info.ts';
import type { ContinueSignIn, ShownContinuation } from '../authentication/continue_sign_in.ts';
import { deviceTokenOf } from '../authentication/known_device.ts';
import { observeSignIn } from '../authentication/observe_sign_in.ts';
import { openSession } from '../authentication/open_session.ts';
import { ticketIsOver } from '../authentication/suspend_sign_in.ts';
import { issue } from '../foundation/issue.ts';
import type { Services } from '../foundation/services.ts';
import type { LoggedIn } from './login.ts';

/**
 * Continues a sign-in with its second factor: opens a session and returns its first tokens.
 * @throws as `ContinueSignIn`, and INVALID_SCOPE
 */
export type CompleteLogin = (shown: ShownContinuation, request: RequestInfo) => Promise<LoggedIn>;

export function createCompleteLogin(services: Services, continueSignIn: ContinueSignIn): CompleteLogin {
  const complete: CompleteLogin = async (shown, request) => {
    const opened = await continueSignIn(shown, request, async (opening, { authentication, clientId, scope }) => {
      const client = clientId === null ? null : await findClient(opening.db, clientId);
      if (clientId !== null && !client) throw new Refusal('INVALID_SCOPE');
      const result = await openSession(services, opening, { authentication, client, scope });
      // The factor was proven for the account as it is now: only a fault of this server gets here.
      if (result.verdict !== 'opened') throw ticketIsOver();
      return result;
    });
    const { user, session, token } = opened;
    const signedIn = await issue(services, { user, session, token, at: session.createdAt });
    return { ...signedIn, deviceToken: deviceTokenOf(services, user, { request, isComplete: true }) };
  };
  return (shown, request) => observeSignIn(services, () => complete(shown, request));
}
