import type { AuthClient } from 'gatehouse-client';
import { useCallback, useSyncExternalStore } from 'react';

/** Returns the signed-in user, or undefined. */
export function useUser(auth: AuthClient): AuthClient['user'] {
  const subscribe = useCallback(
    (changed: () => void) => {
      const stops = [auth.on('change', changed), auth.on('refresh', changed)];
      return () => stops.forEach((stop) => stop());
    },
    [auth],
  );
  return useSyncExternalStore(subscribe, () => auth.user);
}
