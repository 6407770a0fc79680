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

/** Creates the sign-out for a refresh token in the cookie, which all tabs share. */
export function createCookieLogout(services: CookieLogoutParts): LogoutFlow {
  const { gateway, session, tabs, turns, refresher, owed, pending } = services;
  const isOwed = () => owed.isOwed;

  return {
    async logout() {
      const accessToken = session.signed?.access.text;
      owed.note();
      tabs.tellEnd(session.end('logout'));
      refresher.abort();
      // Sent at once, without the cookie. Other tabs may hold the turn until a gateway request times out, and the
      // window may be closed by then.
      if (accessToken !== undefined) {
        gateway.logout({ refreshToken: null, accessToken, cookie: false }).catch(() => {});
      }
      // Runs in turn with refreshes, because a concurrent refresh might set the cookie again.
      const told = turns.take(async (waited) => {
        // Another user may have signed in in another tab by now, and the cookie is theirs. Ask the tabs, because the
        // turn may come before their message.
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
        // Another tab has sent the sign-out, or a user has signed in there.
        if (!owed.isOwed) return false;
        await gateway.logout({ refreshToken: null, accessToken: undefined, cookie: true });
        owed.settle();
        return true;
      });
      try {
        await pending.follow(told, isOwed);
      } catch (error) {
        // After an owed sign-out, the state is signed out even if the request fails.
        if (session.state === 'unknown') session.end('restored');
        throw error;
      }
      if (!(await told)) await refreshUnknown();
      else if (session.state === 'unknown') session.end('restored');
    },
    settle() {
      // The sign-in has replaced the cookie.
      owed.settle();
      pending.become(undefined);
    },
  };
}
