import type { AuthEvents, PendingLogout } from './auth_client.ts';

/** The state of an unfinished sign-out. Listeners receive each change. */
export interface Pending {
  readonly current: PendingLogout | undefined;
  become(next: PendingLogout | undefined): void;
  /** Sets `sending` until the request ends, and `owed` if it fails and is still owed. @throws the error of `told` */
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
