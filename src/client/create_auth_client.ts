import { timeLeft, timeToRefresh, usernameOf } from './access_token.ts';
import type { AuthClient, AuthClientOptions, AuthEvents } from './auth_client.ts';
import { createAuthorizedFetch } from './authorized_fetch.ts';
import { createEmitter } from './emitter.ts';
import { createGateway } from './gateway.ts';
import { createLogout } from './logout.ts';
import { createOwedLogout } from './owed_logout.ts';
import { isBrowser, lastingStorage, platform } from './platform.ts';
import { createRefresher } from './refresh.ts';
import { createSchedule } from './schedule.ts';
import { createSession } from './session.ts';
import { createTabs } from './tabs.ts';
import { createTurns } from './turns.ts';

/** Throws a TypeError for an address that is none. See AuthClient for the rest. */
export function createAuthClient(options: AuthClientOptions): AuthClient {
  const base = addressOf(options.url);
  const cookie = (options.refreshToken ?? (isBrowser() ? 'cookie' : 'memory')) === 'cookie';
  // Browsers' own refuses to be called as a method of anything else.
  const send: typeof fetch = options.fetch ?? ((input, init) => fetch(input, init));

  const { on, emit } = createEmitter<AuthEvents>();
  const session = createSession(cookie ? 'unknown' : 'signed-out', (event, detail) => {
    schedule.plan();
    emit(event, detail);
  });
  // What is in the memory of one program is its own: tabs share no more than the cookie's session.
  const name = `gatehouse ${base.href}`;
  const Channel = cookie ? platform.BroadcastChannel : undefined;
  const tabs = createTabs(Channel && new Channel(name), session);
  const turns = createTurns(name, cookie ? platform.navigator?.locks : undefined);
  const gateway = createGateway(new URL('graphql', base), cookie, send);
  const refresher = createRefresher({ gateway, session, tabs, turns }, cookie);
  const { refresh } = refresher;
  const schedule = createSchedule(session, refresh, platform.document);
  const owed = createOwedLogout(name, cookie ? lastingStorage() : undefined);
  const leaving = createLogout({ gateway, session, tabs, turns, refresher, owed }, cookie, (detail) =>
    emit('logout', detail),
  );

  const getAccessToken: AuthClient['getAccessToken'] = async ({ force = false, refused } = {}) => {
    if (session.state === 'unknown') await ready;
    const asking = refused === undefined ? session.signed?.access.user.username : usernameOf(refused);
    // Somebody else may have signed in meanwhile: what one person began is not done in the name of another.
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

  let signingIn: Promise<void> = Promise.resolve();
  async function login(username: string, password: string): Promise<void> {
    // In turn with refreshes: the answer to one of the former session would put its cookie over the new one's.
    await turns.take(async () => {
      const tokens = await gateway.login(username, password);
      leaving.settle();
      const signed = session.take(tokens, 'login');
      if (signed) tabs.tell(signed);
    });
  }

  const restored = cookie ? leaving.restore().catch(schedule.retry) : Promise.resolve();
  const ready = restored.then(() => session.state);

  return {
    get state() {
      return session.state;
    },
    get user() {
      return session.signed?.access.user;
    },
    ready,
    login: ({ username, password }) => (signingIn = login(username, password)),
    async logout() {
      await signingIn.catch(() => {});
      await leaving.logout();
    },
    get pendingLogout() {
      return leaving.pending;
    },
    getAccessToken,
    isFor(url) {
      // As `fetch` resolves it: a page's `<base>` may lead elsewhere.
      const from = platform.document?.baseURI ?? platform.location?.href ?? base.href;
      return URL.canParse(String(url), from) && new URL(url, from).origin === base.origin;
    },
    dropSession,
    fetch: createAuthorizedFetch(base, { getAccessToken, dropSession }, send),
    on,
    close() {
      schedule.stop();
      tabs.close();
    },
  };
}

/** The gateway's address, with the slash that relative ones are resolved by. */
function addressOf(url: string): URL {
  const base = URL.canParse(url) ? new URL(url) : undefined;
  if (!base || !/^https?:$/.test(base.protocol)) throw new TypeError(`url: not an address of HTTP: ${url}`);
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  // A slip that would show as 404 at the first sign-in.
  if (base.pathname.endsWith('/graphql/'))
    throw new TypeError('url: the address of the gateway itself, without /graphql');
  return base;
}
