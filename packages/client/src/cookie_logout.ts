import type { LogoutFlow } from './logout.ts';
import type { OwedLogout } from './owed_logout.ts';
import type { ClientServices } from './client_services.ts';
import type { Pending } from './pending_logout.ts';
import type { Refresher } from './refresh.ts';

interface CookieLogoutParts extends Omit<ClientServices, 'store'> {
  readonly refresher: Refresher;
  readonly owed: OwedLogout;
  readonly pending: Pending;
}

/** Signs out where the refresh token is in the cookie, which all tabs share. */
export function createCookieLogout(services: CookieLogoutParts): LogoutFlow {
  const { gateway, session, tabs, turns, refresher, owed, pending } = services;
  const isOwed = () => owed.isOwed;

  return {
    async logout() {
      const accessToken = session.signed?.access.text;
      owed.note();
      tabs.tellEnd(session.end('logout'));
      refresher.abort();
      // At once, without the cookie: other tabs may hold the turn for as long as a gateway is waited for, and the window
      // be closed by then.
      if (accessToken !== undefined) {
        gateway.logout({ refreshToken: null, accessToken, cookie: false }).catch(() => {});
      }
      // In turn with refreshes, one of which might put its cookie where this has taken it away.
      const told = turns.take(async (waited) => {
        // Somebody may have signed in in another tab by now: the cookie is theirs. Its tab is asked, because the turn may
        // come before its message.
        if (waited) await tabs.ask();
        const isOurs = session.signed === undefined;
        await gateway.logout({ refreshToken: null, accessToken, cookie: isOurs });
        if (isOurs) owed.settle();
      });
      await pending.follow(told, isOwed);
    },
    async restore() {
      const refreshUnknown = async () => {
        if (session.state === 'unknown') await refresher.refresh();
      };
      if (!owed.isOwed) {
        pending.become(undefined);
        return refreshUnknown();
      }
      const told = turns.take(async () => {
        // Another tab has told it meanwhile, or somebody has signed in there.
        if (!owed.isOwed) return false;
        await gateway.logout({ refreshToken: null, accessToken: undefined, cookie: true });
        owed.settle();
        return true;
      });
      try {
        await pending.follow(told, isOwed);
      } catch (error) {
        // After a sign-out that is owed, nobody is signed in all the same.
        if (session.state === 'unknown') session.end('restored');
        throw error;
      }
      if (!(await told)) await refreshUnknown();
      else if (session.state === 'unknown') session.end('restored');
    },
    settle() {
      // The cookie is another's.
      owed.settle();
      pending.become(undefined);
    },
  };
}
