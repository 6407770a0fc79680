import type { GatewayApi } from './gateway.ts';
import type { ClientSession } from './session.ts';
import type { Tabs } from './tabs.ts';
import type { TokenStore } from './token_store.ts';
import type { Turns } from './turns.ts';

/** The parts of a client that its operations share. */
export interface ClientServices {
  readonly gateway: GatewayApi;
  readonly session: ClientSession;
  readonly tabs: Tabs;
  readonly turns: Turns;
  /** Undefined if the refresh token is in the cookie, which all tabs share. */
  readonly store: TokenStore | undefined;
}
