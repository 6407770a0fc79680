import { assertionOptions } from '../../credentials/webauthn/assertion.ts';
import type { Passkey } from '../../credentials/webauthn/passkey.entity.ts';
import { findPasskeys } from '../../credentials/webauthn/passkeys.ts';
import { Refusal } from '../../kernel/errors.ts';
import type { RequestInfo } from '../../kernel/request_info.ts';
import { findUserById } from '../../users/users.ts';
import { deviceTokenOf } from '../authentication/known_device.ts';
import { observeSignIn } from '../authentication/observe_sign_in.ts';
import { openSession } from '../authentication/open_session.ts';
import type { PasskeySignIn, ShownPasskey } from '../authentication/passkey_sign_in.ts';
import { counts } from '../authentication/required.ts';
import { assertionChallenge, relyingPartyOf } from '../authentication/steps/passkey.ts';
import { suspendedOf, ticketIsOver } from '../authentication/suspend_sign_in.ts';
import { issue } from '../foundation/issue.ts';
import type { PasskeyOptions } from '../foundation/passkey_options.ts';
import type { Services } from '../foundation/services.ts';
import type { LoggedIn } from './login.ts';

/** The sign-in with a passkey. Every method throws FORBIDDEN while passkeys are off, and SERVICE_UNAVAILABLE. */
export interface PasskeyLogin {
  /**
   * Returns the options for `navigator.credentials.get`. They name no passkey, and store nothing.
   * @param ticket the ticket of a sign-in that the passkey continues; the options then name its account's passkeys
   * @throws BAD_USER_INPUT for a ticket that is over
   */
  start(ticket: string | null): Promise<PasskeyOptions>;
  /** Opens a session and returns its first tokens. @throws as {@link PasskeySignIn} */
  login(shown: ShownPasskey, request: RequestInfo): Promise<LoggedIn>;
}

export function createPasskeyLogin(services: Services, passkeySignIn: PasskeySignIn): PasskeyLogin {
  const { database, proofs, clock } = services;

  async function passkeysBehind(ticket: string): Promise<Passkey[]> {
    return database.run(async (db) => {
      const proof = await proofs.find(db, { purpose: 'sign-in', token: ticket });
      if (!proof || proof.usedAt !== null || proof.expiresAt.getTime() <= clock()) throw ticketIsOver();
      const user = await findUserById(db, proof.userId);
      if (!user || user.disabled || !counts(suspendedOf(proof).authentication, user)) throw ticketIsOver();
      return findPasskeys(db, user.id);
    });
  }

  async function login(shown: ShownPasskey, request: RequestInfo): Promise<LoggedIn> {
    const { user, session, token } = await passkeySignIn(shown, request, async (opening, authentication) => {
      const result = await openSession(services, opening, { authentication, client: null, scope: null });
      if (result.verdict !== 'opened') throw new Refusal('INCORRECT_LOGIN');
      return result;
    });
    const signedIn = await issue(services, { user, session, token, at: session.createdAt });
    return { ...signedIn, deviceToken: deviceTokenOf(services, user, { request, isComplete: true }) };
  }

  return {
    async start(ticket) {
      const relyingParty = relyingPartyOf(services);
      const passkeys = ticket === null ? null : await passkeysBehind(ticket);
      const challenge = assertionChallenge(services, ticket);
      return { challenge, options: await assertionOptions(relyingParty, challenge, passkeys) };
    },

    login: (shown, request) => observeSignIn(services, () => login(shown, request)),
  };
}
