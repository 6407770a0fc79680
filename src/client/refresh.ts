import { timeToRefresh } from './access_token.ts';
import { AuthError } from './auth_error.ts';
import type { Gateway } from './gateway.ts';
import type { Session } from './session.ts';
import type { Tabs } from './tabs.ts';
import type { Turns } from './turns.ts';

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

/** @param cookie whether the refresh token is in the cookie, which all tabs share */
export function createRefresher(
  { gateway, session, tabs, turns }: { gateway: Gateway; session: Session; tabs: Tabs; turns: Turns },
  cookie: boolean,
): Refresher {
  let underWay: { readonly done: Promise<void>; readonly controller: AbortController } | undefined;

  async function refresh(signal: AbortSignal): Promise<void> {
    const { epoch, signed: before } = session;
    const isOver = () => session.epoch !== epoch;
    await turns.take(async (waited) => {
      // A new tab may have it from the others; and what was waited for may have been their refresh.
      if (waited || !before) await tabs.ask();
      if (isOver() || isNews(before, session)) return;
      try {
        const tokens = await gateway.refresh(cookie ? null : (before?.refresh ?? null), signal);
        // Somebody signed out meanwhile: the answer must not sign them in again.
        if (isOver()) return;
        const signed = session.take(tokens, before ? 'elsewhere' : 'restored');
        if (signed) tabs.tell(signed);
      } catch (error) {
        if (isOver()) return;
        if (!(error instanceof AuthError) || !error.reauthenticate) throw error;
        const end = session.end(before ? 'ended' : 'restored');
        if (before) tabs.tellEnd(end);
      }
    });
  }

  return {
    refresh() {
      if (!underWay) {
        const controller = new AbortController();
        const started = { controller, done: refresh(controller.signal) };
        const over = () => {
          if (underWay === started) underWay = undefined;
        };
        started.done.then(over, over);
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

function isNews(before: Session['signed'], { signed }: Session): boolean {
  return signed !== undefined && signed !== before && timeToRefresh(signed.access) > 0;
}
