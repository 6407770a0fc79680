import type { AuthEvents, PendingLogout } from './auth_client.ts';

/** What a sign-out has still to do, told to the listeners at each change. */
export interface Pending {
  readonly current: PendingLogout | undefined;
  become(next: PendingLogout | undefined): void;
  /** `sending` until the gateway was told; afterwards `owed` where it could not be. Throws as `told` does. */
  follow(told: Promise<unknown>, isOwed: () => boolean): Promise<void>;
}

export function createPending(tell: (detail: AuthEvents['logout']) => void): Pending {
  let current: PendingLogout | undefined;

  function become(next: PendingLogout | undefined): void {
    if (current === next) return;
    current = next;
    tell({ pending: next });
  }

  return {
    get current() {
      return current;
    },
    become,
    async follow(told, isOwed) {
      become('sending');
      try {
        await told;
        become(undefined);
      } catch (error) {
        become(isOwed() ? 'owed' : undefined);
        throw error;
      }
    },
  };
}
