import type { AuthClient } from './auth_client.ts';
import { AuthError } from './auth_error.ts';
import type { LoginTokens, Tokens } from './gateway.ts';
import type { ClientServices } from './client_services.ts';
import type { TokenStore } from './token_store.ts';

/** Opens sessions. A second call with the same arguments, such as a second click, shares the first request. */
export interface SignIn extends Pick<AuthClient, 'login' | 'completeLogin'> {
  /** Resolves when no sign-in is under way. */
  settled(): Promise<void>;
}

/** Sends what opens a session. @param device the device token of an earlier sign-in */
type Open = (device?: string) => Promise<LoginTokens>;

interface SignInParts extends ClientServices {
  /** True if the browser may not keep the gateway's cookie: see {@link mayLoseCookies}. */
  readonly isDoubtful: boolean;
}

/** Creates the sign-in. @param settle called when the tokens arrive, before the session and the other tabs get them */
export function createSignIn(services: SignInParts, settle: () => void): SignIn {
  const { gateway, session, tabs, turns, store, isDoubtful } = services;
  let underWay: { readonly asked: string; readonly done: Promise<void> } | undefined;

  async function signIn(open: Open): Promise<void> {
    // Runs in turn with refreshes, because a late refresh of the previous session would overwrite the new cookie.
    await turns.take(async () => {
      const tokens = store ? await openIn(store, open) : await openByCookie(open);
      settle();
      const signed = session.take(tokens.access, 'login');
      if (signed) tabs.tell(signed);
    });
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

  function once(asked: readonly unknown[], open: Open): Promise<void> {
    const key = JSON.stringify(asked);
    if (underWay?.asked === key) return underWay.done;
    const started = { asked: key, done: signIn(open) };
    const over = () => {
      if (underWay === started) underWay = undefined;
    };
    started.done.then(over, over);
    underWay = started;
    return started.done;
  }

  return {
    login: ({ username, password }) =>
      once([username, password], (device) => gateway.login({ username, password }, device)),
    completeLogin: (ticket, factor) =>
      once([ticket, factor], (device) => gateway.completeLogin({ ticket, factor }, device)),
    settled: async () => underWay?.done.catch(() => {}),
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
