import type { AuthEvents, PendingLogout } from './auth_client.ts';
import type { Gateway } from './gateway.ts';
import type { OwedLogout } from './owed_logout.ts';
import type { Refresher } from './refresh.ts';
import type { Session } from './session.ts';
import type { Tabs } from './tabs.ts';
import type { Turns } from './turns.ts';

export interface Logout {
  readonly pending: PendingLogout | undefined;
  /** Forgets who is signed in, and has the gateway end the session. Throws an AuthError where it cannot be told. */
  logout(): Promise<void>;
  /**
   * What a page with the cookie does first: sends a sign-out that is owed, else restores the session. Throws an AuthError
   * where the gateway cannot be told; after a sign-out that is owed, nobody is signed in all the same.
   */
  restore(): Promise<void>;
  /** After a sign-in: the cookie is another. */
  settle(): void;
}

interface Parts {
  readonly gateway: Gateway;
  readonly session: Session;
  readonly tabs: Tabs;
  readonly turns: Turns;
  readonly refresher: Refresher;
  readonly owed: OwedLogout;
}

/** @param cookie whether the refresh token is in the cookie, which all tabs share */
export function createLogout(
  { gateway, session, tabs, turns, refresher, owed }: Parts,
  cookie: boolean,
  tell: (detail: AuthEvents['logout']) => void,
): Logout {
  let pending: PendingLogout | undefined;

  function become(next: PendingLogout | undefined): void {
    if (pending === next) return;
    pending = next;
    tell({ pending });
  }

  /** What came of telling the gateway. */
  async function follow(told: Promise<void>): Promise<void> {
    become('sending');
    try {
      await told;
      become(undefined);
    } catch (error) {
      become(owed.isOwed ? 'owed' : undefined);
      throw error;
    }
  }

  return {
    get pending() {
      return pending;
    },
    async logout() {
      const { signed: shown } = session;
      if (cookie) owed.note();
      tabs.tellEnd(session.end('logout'));
      refresher.abort();
      const accessToken = shown?.access.text;
      const refreshToken = shown?.refresh ?? null;
      // At once, without the cookie: other tabs may hold the turn for as long as a gateway is waited for, and the window
      // be closed by then.
      const atOnce = shown && gateway.logout({ refreshToken, accessToken, cookie: false });
      if (!cookie) return atOnce;
      atOnce?.catch(() => {});
      // In turn with refreshes, one of which might put its cookie where this has taken it away.
      await follow(
        turns.take(async (waited) => {
          // Somebody may have signed in in another tab by now: the cookie is theirs. Its tab is asked, because the turn may
          // come before its message.
          if (waited) await tabs.ask();
          const isOurs = session.signed === undefined;
          await gateway.logout({ refreshToken, accessToken, cookie: isOurs });
          if (isOurs) owed.settle();
        }),
      );
    },
    async restore() {
      if (!owed.isOwed) return refresher.refresh();
      const told = turns.take(async () => {
        // Another tab has told it meanwhile, or somebody has signed in there.
        if (!owed.isOwed) return false;
        await gateway.logout({ refreshToken: null, accessToken: undefined, cookie: true });
        owed.settle();
        return true;
      });
      try {
        await follow(told.then(() => {}));
      } catch (error) {
        session.end('restored');
        throw error;
      }
      if (await told) session.end('restored');
      else await refresher.refresh();
    },
    settle() {
      owed.settle();
      become(undefined);
    },
  };
}
