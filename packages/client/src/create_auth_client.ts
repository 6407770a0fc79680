import { timeLeft, timeToRefresh, usernameOf } from './access_token.ts';
import { gatewayAddress, isBelow } from './address.ts';
import type { AuthClient, AuthClientOptions, AuthEvents } from './auth_client.ts';
import { createAccountHelp } from './account_help.ts';
import { AuthError } from './auth_error.ts';
import { createAuthorizedFetch } from './authorized_fetch.ts';
import { createCookieLogout } from './cookie_logout.ts';
import { createEmitter } from './emitter.ts';
import { createFailure } from './failure.ts';
import { createGateway } from './gateway.ts';
import { createNoteAnswer } from './note_answer.ts';
import { createOwedLogout } from './owed_logout.ts';
import type { ClientServices } from './client_services.ts';
import { createOwnRequest } from './own_requests.ts';
import { createPasskeyDialog } from './passkey_dialog.ts';
import { createPasskeys } from './passkeys.ts';
import { createPending } from './pending_logout.ts';
import { isBrowser, lastingStorage, platform } from './platform.ts';
import { createProgramLogout } from './program_logout.ts';
import { createReauthentication } from './reauthentication.ts';
import { createRefresher } from './refresh.ts';
import { createSchedule } from './schedule.ts';
import { createSession } from './session.ts';
import { createSignIn, mayLoseCookies } from './sign_in.ts';
import { createTabs } from './tabs.ts';
import { createTokenStore } from './token_store.ts';
import { createTurns } from './turns.ts';

/** Milliseconds after which `ready` resolves without an answer, so that a page can show something. */
const READY_MS = 10_000;

/** Creates a client of a gateway. @throws TypeError for an invalid address, and for a `storage` beside the cookie */
export function createAuthClient(options: AuthClientOptions): AuthClient {
  const base = gatewayAddress(options.url);
  const cookie = (options.refreshToken ?? (isBrowser() && !options.storage ? 'cookie' : 'memory')) === 'cookie';
  if (cookie && options.storage) throw new TypeError('storage: a refresh token in the cookie needs none');
  // Wrapped, because browsers refuse to call `fetch` as a method of another object.
  const send: typeof fetch = options.fetch ?? ((input, init) => fetch(input, init));

  const { on, emit } = createEmitter<AuthEvents>();
  const mayBeSignedIn = cookie || options.storage !== undefined;
  const session = createSession(mayBeSignedIn ? 'unknown' : 'signed-out', (event, detail) => {
    failure.note('gateway', undefined);
    schedule.plan();
    emit(event, detail);
  });
  const failure = createFailure((detail) => emit('failure', detail));
  const store = cookie ? undefined : createTokenStore(base, options.storage, (error) => failure.note('storage', error));

  // Tabs share only the session of the cookie. A token in memory belongs to one program.
  const name = `gatehouse ${base.href}`;
  const Channel = cookie ? platform.BroadcastChannel : undefined;
  const tabs = createTabs(Channel && (() => new Channel(name)), session);
  const turns = createTurns(name, cookie ? platform.navigator?.locks : undefined);
  const gateway = createGateway(new URL('graphql', base), cookie, send);
  const services: ClientServices = { gateway, session, tabs, turns, store };
  const refresher = createRefresher(services, (error) => failure.note('gateway', error));
  const { refresh } = refresher;
  const pending = createPending((detail) => emit('logout', detail));
  const leaving = store
    ? createProgramLogout({ gateway, session, refresher, store, pending })
    : createCookieLogout({ ...services, refresher, pending, owed: createOwedLogout(name, lastingStorage()) });
  const isOwed = () => pending.current === 'owed';
  const schedule = createSchedule({ session, isOwed, restore: leaving.restore, refresh }, platform);
  const isDoubtful = cookie && mayLoseCookies(base, platform);
  const dialog = createPasskeyDialog();
  const { onSecondFactor } = options;
  const signIn = createSignIn({ ...services, isDoubtful, dialog, onSecondFactor }, leaving.settle);

  const getAccessToken: AuthClient['getAccessToken'] = async ({ force = false, refused } = {}) => {
    if (session.state === 'unknown') await ready;
    const asking = refused === undefined ? session.signed?.access.user.username : usernameOf(refused);
    // Threat: another user may have signed in since, and must not execute an operation that the first one began.
    const present = () => {
      const access = session.signed?.access;
      return asking === undefined || access?.user.username === asking ? access : undefined;
    };
    const access = present();
    const isGood = access && (refused === undefined ? timeToRefresh(access) > 0 : access.text !== refused);
    if (isGood && !force) return access.text;
    if (session.state === 'signed-out' || (session.signed && !access)) return undefined;
    try {
      await refresh();
    } catch (error) {
      const left = force || refused !== undefined ? undefined : present();
      if (!left || timeLeft(left) <= 0) throw error;
    }
    return present()?.text;
  };

  const dropSession: AuthClient['dropSession'] = (token) => {
    if (session.signed?.access.text === token) tabs.tellEnd(session.end('ended'));
  };
  const noteAnswer = createNoteAnswer(getAccessToken);
  const { reauthenticate, stepUp } = createReauthentication({
    ...services,
    dialog,
    getAccessToken,
    ask: options.onReauthentication,
  });
  const authorizedFetch = createAuthorizedFetch(base, { getAccessToken, dropSession, noteAnswer, stepUp }, send);
  const request = createOwnRequest(authorizedFetch);

  let isOpen = true;
  tabs.open();
  schedule.open();
  const open = () => {
    if (isOpen) return;
    isOpen = true;
    tabs.open();
    schedule.open();
    schedule.plan();
    void tabs.ask();
  };
  const ready = mayBeSignedIn
    ? within(READY_MS, leaving.restore().catch(schedule.retry), () => {
        if (session.state === 'unknown') failure.note('gateway', new AuthError('UNREACHABLE', 'No answer yet'));
      }).then(() => session.state)
    : Promise.resolve(session.state);

  return {
    get state() {
      return session.state;
    },
    get user() {
      return session.signed?.access.user;
    },
    ready,
    get failure() {
      return failure.current;
    },
    login: signIn.login,
    completeLogin: signIn.completeLogin,
    passkeys: createPasskeys({ dialog, request, login: signIn.loginWithPasskey }),
    account: createAccountHelp({ gateway, request }),
    reauthenticate,
    stepUp,
    async logout() {
      await signIn.settled();
      try {
        await leaving.logout();
      } catch (error) {
        schedule.retry(error);
        throw error;
      }
    },
    get pendingLogout() {
      return pending.current;
    },
    getAccessToken,
    isFor(url) {
      // Resolved as `fetch` does: the `<base>` of a page may point to another server.
      const from = platform.document?.baseURI ?? platform.location?.href ?? base.href;
      return URL.canParse(String(url), from) && isBelow(new URL(url, from), base);
    },
    dropSession,
    noteAnswer,
    fetch: authorizedFetch,
    on(event, listener) {
      open();
      return on(event, listener);
    },
    open,
    close() {
      isOpen = false;
      schedule.close();
      tabs.close();
    },
  };
}

/** Resolves when the work is done, or after a time. @param late called if the time passes first */
function within(milliseconds: number, work: Promise<void>, late: () => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      late();
      resolve();
    }, milliseconds);
    void work.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
