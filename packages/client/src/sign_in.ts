import type { AuthClient, PasskeySignInOptions } from './auth_client.ts';
import { AuthError } from './auth_error.ts';
import type { ClientServices } from './client_services.ts';
import type { OnSecondFactor, SecondFactor } from './factors.ts';
import type { LoginTokens, Tokens } from './gateway.ts';
import type { PasskeyDialog } from './passkey_dialog.ts';
import { continueSignIn } from './second_factor.ts';
import type { TokenStore } from './token_store.ts';

/** Opens sessions. A second call with the same arguments, such as a second click, shares the first request. */
export interface SignIn extends Pick<AuthClient, 'login' | 'completeLogin'> {
  /** Opens a session with a passkey, without a name. */
  loginWithPasskey(options?: PasskeySignInOptions): Promise<void>;
  /** Resolves when no request of a sign-in is under way. A sign-in that waits for a person is none. */
  settled(): Promise<void>;
}

/** Sends what opens a session. @param device the device token of an earlier sign-in */
type Open = (device?: string) => Promise<LoginTokens>;

interface SignInParts extends ClientServices {
  /** True if the browser may not keep the gateway's cookie: see {@link mayLoseCookies}. */
  readonly isDoubtful: boolean;
  readonly dialog: PasskeyDialog;
  readonly onSecondFactor: OnSecondFactor | undefined;
}

/** Creates the sign-in. @param settle called when the tokens arrive, before the session and the other tabs get them */
export function createSignIn(services: SignInParts, settle: () => void): SignIn {
  const { gateway, session, tabs, turns, store, isDoubtful, dialog, onSecondFactor } = services;
  let underWay: { readonly asked: string; readonly done: Promise<void> } | undefined;
  let sending: Promise<void> | undefined;

  function signIn(open: Open): Promise<void> {
    // Runs in turn with refreshes, because a late refresh of the previous session would overwrite the new cookie.
    sending = turns.take(async () => {
      const tokens = store ? await openIn(store, open) : await openByCookie(open);
      settle();
      const signed = session.take(tokens.access, 'login');
      if (signed) tabs.tell(signed);
    });
    return sending;
  }

  async function openIn(store: TokenStore, open: Open): Promise<Tokens> {
    const before = await store.read();
    const tokens = await open(before.device);
    const device = tokens.device === null ? {} : { device: tokens.device };
    const refresh = tokens.refresh === null ? {} : { refresh: tokens.refresh };
    await store.change((kept) => ({ ...kept, ...refresh, ...device }));
    return tokens;
  }

  async function openByCookie(open: Open): Promise<Tokens> {
    const tokens = await open();
    if (!isDoubtful) return tokens;
    try {
      return await gateway.refresh(null);
    } catch (error) {
      // The sign-in succeeds if it is unknown whether the cookie was kept.
      if (!(error instanceof AuthError) || !error.reauthenticate) return tokens;
      await gateway.logout({ refreshToken: null, accessToken: tokens.access.text, cookie: false }).catch(() => {});
      throw new AuthError('COOKIE_NOT_KEPT', NOT_KEPT);
    }
  }

  /** Signs in with a password. The second factor is asked for outside of the turn, in which other tabs refresh. */
  async function login(open: Open): Promise<void> {
    try {
      await signIn(open);
    } catch (error) {
      if (!(error instanceof AuthError) || !error.nextStep || !onSecondFactor) throw error;
      const { ticket } = error.nextStep;
      await continueSignIn(onSecondFactor, error, (factor) => complete(ticket, factor));
    }
  }

  async function complete(ticket: string, shown: SecondFactor): Promise<void> {
    const factor =
      'passkey' in shown && shown.passkey === true
        ? { passkey: await dialog.get((await gateway.startPasskey(ticket)).options) }
        : shown;
    await signIn((device) => gateway.completeLogin({ ticket, factor }, device));
  }

  function once(asked: readonly unknown[], work: () => Promise<void>): Promise<void> {
    const key = JSON.stringify(asked);
    if (underWay?.asked === key) return underWay.done;
    const started = { asked: key, done: work() };
    const over = () => {
      if (underWay === started) underWay = undefined;
    };
    started.done.then(over, over);
    underWay = started;
    return started.done;
  }

  return {
    login: ({ username, password }) =>
      once([username, password], () => login((device) => gateway.login({ username, password }, device))),
    completeLogin: (ticket, factor) => once([ticket, factor], () => complete(ticket, factor)),
    async loginWithPasskey(options) {
      const { challenge, options: asked } = await gateway.startPasskey();
      const response = await dialog.get(asked, options);
      await signIn((device) => gateway.loginWithPasskey({ challenge, response }, device));
    },
    settled: async () => sending?.catch(() => {}),
  };
}

const NOT_KEPT =
  'The browser keeps no cookie of the gateway for this page. Page and gateway must be of one site (localhost and ' +
  "127.0.0.1 are two), and cookies allowed; a page that cannot have that takes refreshToken: 'memory'.";

interface Surroundings {
  readonly location?: { readonly origin: string };
  readonly navigator?: { readonly cookieEnabled?: boolean };
}

/**
 * Returns whether a page must test that its browser keeps the gateway's cookie. The cookie is `SameSite=Strict`, and no
 * script can see it. Without it, the sign-in would be lost at the first reload.
 */
export function mayLoseCookies(base: URL, { location, navigator }: Surroundings): boolean {
  return navigator?.cookieEnabled === false || (location !== undefined && location.origin !== base.origin);
}
