import { timeToRefresh } from './access_token.ts';
import { AuthError } from './auth_error.ts';
import type { Tokens } from './gateway.ts';
import type { ClientServices } from './client_services.ts';
import type { ClientSession } from './session.ts';

export interface Refresher {
  /**
   * Gets a new access token, by this call, by a refresh under way or from another tab. It ends a session that is over,
   * without an error.
   * @throws AuthError if it is unknown whether the session continues; the session then stays unchanged
   */
  refresh(): Promise<void>;
  /** Aborts a refresh that is under way. */
  abort(): void;
}

/** Creates the refresher. @param noteFailure called after each refresh, with its error if it failed */
export function createRefresher(
  { gateway, session, tabs, turns, store }: ClientServices,
  noteFailure: (error?: unknown) => void,
): Refresher {
  let underWay: { readonly done: Promise<void>; readonly controller: AbortController } | undefined;

  async function refresh(signal: AbortSignal): Promise<void> {
    const { epoch, signed: before } = session;
    const isOver = () => session.epoch !== epoch;
    await turns.take(async (waited) => {
      // A new tab may get the token from the others. After a wait, another tab may have refreshed it.
      if (waited || !before) await tabs.ask();
      if (isOver() || isNews(before, session)) return;
      const { refresh: shown = null } = store ? await store.read() : {};
      if (isOver()) return;
      try {
        // Another process with the same storage has signed out.
        if (store && shown === null) return void session.end(before ? 'elsewhere' : 'restored');
        const tokens = await gateway.refresh(shown, signal);
        // The user signed out meanwhile: the answer must not sign them in again.
        if (isOver()) return;
        await keep(tokens);
        if (isOver()) return;
        const signed = session.take(tokens.access, before ? 'elsewhere' : 'restored');
        if (signed) tabs.tell(signed);
      } catch (error) {
        if (isOver()) return;
        if (!(error instanceof AuthError) || !error.reauthenticate) throw error;
        await forget(shown);
        if (isOver()) return;
        const end = session.end(before ? 'ended' : 'restored');
        if (before) tabs.tellEnd(end);
      }
    });
  }

  /** Stores the new refresh token before the tabs get the access token, because the old one is used up. */
  async function keep({ refresh }: Tokens): Promise<void> {
    if (refresh !== null) await store?.change((kept) => ({ ...kept, refresh }));
  }

  /** Removes a refused refresh token, unless another process has replaced it. */
  async function forget(shown: string | null): Promise<void> {
    await store?.change((kept) => {
      const { refresh, ...others } = kept;
      return refresh === shown ? others : kept;
    });
  }

  return {
    refresh() {
      if (!underWay) {
        const controller = new AbortController();
        const started = { controller, done: refresh(controller.signal) };
        const over = (error?: unknown) => {
          if (underWay !== started) return;
          underWay = undefined;
          noteFailure(error);
        };
        started.done.then(() => over(), over);
        underWay = started;
      }
      return underWay.done;
    },
    abort() {
      underWay?.controller.abort();
      underWay = undefined;
    },
  };
}

function isNews(before: ClientSession['signed'], { signed }: ClientSession): boolean {
  return signed !== undefined && signed !== before && timeToRefresh(signed.access) > 0;
}
