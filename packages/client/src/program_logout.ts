import type { LogoutFlow } from './logout.ts';
import type { ClientServices } from './client_services.ts';
import type { Pending } from './pending_logout.ts';
import type { Refresher } from './refresh.ts';
import type { TokenStore } from './token_store.ts';

interface ProgramLogoutParts extends Pick<ClientServices, 'gateway' | 'session'> {
  readonly refresher: Refresher;
  readonly store: TokenStore;
  readonly pending: Pending;
}

/**
 * Creates the sign-out for a program that stores the refresh token. If the gateway cannot be reached, the token is kept
 * until the session has ended there. A later sign-in does not replace it, unlike a cookie.
 */
export function createProgramLogout(services: ProgramLogoutParts): LogoutFlow {
  const { gateway, session, refresher, store, pending } = services;
  let isOwed = false;

  async function send(accessToken?: string): Promise<void> {
    const { owed = [] } = await store.read();
    isOwed = owed.length > 0;
    for (const refreshToken of owed) {
      await gateway.logout({ refreshToken, accessToken, cookie: false });
      await store.change(({ owed = [], ...kept }) =>
        withOwed(
          kept,
          owed.filter((one) => one !== refreshToken),
        ),
      );
    }
    isOwed = false;
  }

  async function leave(): Promise<void> {
    await store.change(({ refresh, owed = [], ...kept }) => withOwed(kept, refresh ? [...owed, refresh] : owed));
  }

  return {
    async logout() {
      const accessToken = session.signed?.access.text;
      session.end('logout');
      refresher.abort();
      await pending.follow(
        leave().then(() => send(accessToken)),
        () => isOwed,
      );
    },
    async restore() {
      const { owed = [] } = await store.read();
      if (owed.length === 0) pending.become(undefined);
      const told = owed.length > 0 ? pending.follow(send(), () => isOwed) : undefined;
      // The end of one session must not delay another.
      const refreshed = session.state === 'unknown' ? refresher.refresh() : undefined;
      const results = await Promise.allSettled([told, refreshed]);
      for (const result of results) if (result.status === 'rejected') throw result.reason;
    },
    settle() {},
  };
}

function withOwed<Rest extends object>(kept: Rest, owed: readonly string[]) {
  return owed.length > 0 ? { ...kept, owed } : kept;
}
