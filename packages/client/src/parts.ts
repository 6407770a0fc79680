import type { Gateway } from './gateway.ts';
import type { Session } from './session.ts';
import type { Tabs } from './tabs.ts';
import type { TokenStore } from './token_store.ts';
import type { Turns } from './turns.ts';

/** The parts of a client that its operations work on. */
export interface Parts {
  readonly gateway: Gateway;
  readonly session: Session;
  readonly tabs: Tabs;
  readonly turns: Turns;
  /** Undefined where the refresh token is in the cookie, which all tabs share. */
  readonly store: TokenStore | undefined;
}
