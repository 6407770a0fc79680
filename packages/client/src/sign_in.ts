import type { Credentials } from './auth_client.ts';
import { AuthError } from './auth_error.ts';
import type { Tokens } from './gateway.ts';
import type { ClientServices } from './client_services.ts';
import type { TokenStore } from './token_store.ts';

export interface SignIn {
  /** Opens a session. A second call with the same credentials, such as a second click, shares the first request. */
  login(credentials: Credentials): Promise<void>;
  /** Resolves when no sign-in is under way. */
  settled(): Promise<void>;
}

interface SignInParts extends ClientServices {
  /** True if the browser may not keep the gateway's cookie: see {@link mayLoseCookies}. */
  readonly isDoubtful: boolean;
}

/** Creates the sign-in. @param settle called when the tokens arrive, before the session and the other tabs get them */
export function createSignIn(services: SignInParts, settle: () => void): SignIn {
  const { gateway, session, tabs, turns, store, isDoubtful } = services;
  let underWay: { readonly credentials: Credentials; readonly done: Promise<void> } | undefined;

  async function signIn({ username, password }: Credentials): Promise<void> {
    // Runs in turn with refreshes, because a late refresh of the previous session would overwrite the new cookie.
    await turns.take(async () => {
      const tokens = store ? await loginTo(store, username, password) : await loginByCookie(username, password);
      settle();
      const signed = session.take(tokens.access, 'login');
      if (signed) tabs.tell(signed);
    });
  }

  async function loginTo(store: TokenStore, username: string, password: string): Promise<Tokens> {
    const before = await store.read();
    const tokens = await gateway.login(username, password, before.device);
    const device = tokens.device === null ? {} : { device: tokens.device };
    const refresh = tokens.refresh === null ? {} : { refresh: tokens.refresh };
    await store.change((kept) => ({ ...kept, ...refresh, ...device }));
    return tokens;
  }

  async function loginByCookie(username: string, password: string): Promise<Tokens> {
    const tokens = await gateway.login(username, password);
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

  return {
    login(credentials) {
      const { username, password } = credentials;
      const before = underWay?.credentials;
      if (underWay && before?.username === username && before.password === password) return underWay.done;
      const started = { credentials: { username, password }, done: signIn(credentials) };
      const over = () => {
        if (underWay === started) underWay = undefined;
      };
      started.done.then(over, over);
      underWay = started;
      return started.done;
    },
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
