import type { AuthClient } from 'gatehouse-client';
import { useCallback, useSyncExternalStore } from 'react';
import { useAuth } from './auth_context.ts';

/** Returns the state of an unfinished sign-out, or undefined. */
export function usePendingLogout(): AuthClient['pendingLogout'] {
  const auth = useAuth();
  const subscribe = useCallback((changed: () => void) => auth.on('logout', changed), [auth]);
  return useSyncExternalStore(subscribe, () => auth.pendingLogout);
}
