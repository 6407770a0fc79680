import { isNewerAuthentication, usernameOf } from './access_token.ts';
import type { AuthClient } from './auth_client.ts';
import { AuthError, type RequiredAuthentication } from './auth_error.ts';
import type { ClientServices } from './client_services.ts';
import { mayAnswerAgain, MOST_ANSWERS, type OnReauthentication, type Reauthentication } from './factors.ts';
import type { PasskeyDialog } from './passkey_dialog.ts';

interface ReauthenticationParts extends Pick<ClientServices, 'gateway' | 'session' | 'tabs' | 'turns'> {
  readonly dialog: PasskeyDialog;
  readonly getAccessToken: AuthClient['getAccessToken'];
  /** Undefined if the program does not ask: operations then fail. */
  readonly ask: OnReauthentication | undefined;
}

/** Creates the reauthentication of a client. All operations that are refused at a time share one question. */
export function createReauthentication(parts: ReauthenticationParts): Pick<AuthClient, 'reauthenticate' | 'stepUp'> {
  const { gateway, session, tabs, turns, dialog, getAccessToken, ask } = parts;
  let asking: Promise<boolean> | undefined;

  async function confirm(factors: Reauthentication, token: string): Promise<void> {
    // In turn with refreshes, so that a late response to one does not replace the new token.
    await turns.take(async () => {
      const access = await gateway.reauthenticate(factors, token);
      const signed = session.take(access, 'elsewhere');
      if (signed) tabs.tell(signed);
    });
  }

  const reauthenticate: AuthClient['reauthenticate'] = async ({ passkey, ...others }: Reauthentication) => {
    const sent =
      passkey === true
        ? { ...others, passkey: await dialog.get((await gateway.startPasskey()).options) }
        : { ...others, ...(passkey !== undefined && { passkey }) };
    const token = await getAccessToken();
    if (token === undefined)
      throw new AuthError('UNAUTHENTICATED', 'There is no signed-in user', { reason: 'MISSING' });
    try {
      await confirm(sent, token);
    } catch (error) {
      if (!(error instanceof AuthError) || !error.tokenRefused) throw error;
      const another = await getAccessToken({ refused: token });
      if (another === undefined) throw error;
      await confirm(sent, another);
    }
  };

  /** Asks until an answer is right. Returns false if the person gives up. */
  async function question(ask: OnReauthentication, stepUp: RequiredAuthentication): Promise<boolean> {
    let failure: AuthError | undefined;
    for (let answers = 0; answers < MOST_ANSWERS; answers += 1) {
      const factors = await ask({ ...stepUp, failure });
      if (factors === undefined) return false;
      try {
        await reauthenticate(factors);
        return true;
      } catch (error) {
        if (!(error instanceof AuthError) || !mayAnswerAgain(error)) throw error;
        failure = error;
      }
    }
    return false;
  }

  return {
    reauthenticate,
    async stepUp(refusal, token) {
      const current = session.signed?.access;
      // Threat: another user may have signed in since, and must not confirm what the first one began.
      const { stepUp } = refusal;
      if (!current || !ask || !stepUp || current.user.username !== usernameOf(token)) return false;
      if (isNewerAuthentication(current.text, token)) return true;
      asking ??= question(ask, stepUp).finally(() => (asking = undefined));
      return asking;
    },
  };
}
