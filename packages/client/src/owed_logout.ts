import type { WebStorage } from './platform.ts';

/**
 * Whether a sign-out has still to be told to the gateway. The refresh token's cookie outlives the page, and no script can
 * remove it: without this, whoever opens the page next on a shared computer would be signed in as the person who left.
 */
export interface OwedLogout {
  readonly isOwed: boolean;
  note(): void;
  /** It was told, or somebody has signed in since: the cookie is another's. */
  settle(): void;
}

/** @param storage outlives the page; without it a reload does not know */
export function createOwedLogout(name: string, storage: WebStorage | undefined): OwedLogout {
  const key = `${name} logout`;
  let noted = false;
  return {
    get isOwed() {
      return storage ? storage.getItem(key) !== null : noted;
    },
    note() {
      noted = true;
      // What is full keeps nothing: the sign-out itself goes on.
      attempt(() => storage?.setItem(key, 'owed'));
    },
    settle() {
      noted = false;
      attempt(() => storage?.removeItem(key));
    },
  };
}

function attempt(work: () => void): void {
  try {
    work();
  } catch {
    // Nothing to be done about it.
  }
}
