import { timeToRefresh } from './access_token.ts';
import { AuthError } from './auth_error.ts';
import type { Tokens } from './gateway.ts';
import type { ClientServices } from './client_services.ts';
import type { ClientSession } from './session.ts';

export interface Refresher {
  /**
   * Another access token, whoever gets it: this call, one that is under way, another tab. Throws an AuthError where it
   * cannot be told whether the session goes on, which then stays as it is; a session that is over ends, and nothing is
   * thrown.
   */
  refresh(): Promise<void>;
  /** Has a refresh that is under way come to nothing. */
  abort(): void;
}

/** @param noteFailure called after each refresh, with what kept it from being answered */
export function createRefresher(
  { gateway, session, tabs, turns, store }: ClientServices,
  noteFailure: (error?: unknown) => void,
): Refresher {
  let underWay: { readonly done: Promise<void>; readonly controller: AbortController } | undefined;

  async function refresh(signal: AbortSignal): Promise<void> {
    const { epoch, signed: before } = session;
    const isOver = () => session.epoch !== epoch;
    await turns.take(async (waited) => {
      // A new tab may have it from the others; and what was waited for may have been their refresh.
      if (waited || !before) await tabs.ask();
      if (isOver() || isNews(before, session)) return;
      const { refresh: shown = null } = store ? await store.read() : {};
      if (isOver()) return;
      try {
        // Another process has signed out, which has the same storage.
        if (store && shown === null) return void session.end(before ? 'elsewhere' : 'restored');
        const tokens = await gateway.refresh(shown, signal);
        // Somebody signed out meanwhile: the answer must not sign them in again.
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

  /** Before anything is told of it: the one that was shown is used up. */
  async function keep({ refresh }: Tokens): Promise<void> {
    if (refresh !== null) await store?.change((kept) => ({ ...kept, refresh }));
  }

  /** Another process may have put another in its place meanwhile. */
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
