import type { WebStorage } from './platform.ts';

/**
 * Remembers a sign-out that the gateway has not received. Threat: the cookie with the refresh token outlives the page,
 * and no script can remove it. Without this note, the next user of a shared computer would be signed in as the previous
 * one.
 */
export interface OwedLogout {
  readonly isOwed: boolean;
  note(): void;
  /** Drops the note: the gateway has received the sign-out, or a new sign-in has replaced the cookie. */
  settle(): void;
}

/** Creates the note. @param storage a storage that outlives the page; without it a reload loses the note */
export function createOwedLogout(name: string, storage: WebStorage | undefined): OwedLogout {
  const key = `${name} logout`;
  let noted = false;
  return {
    get isOwed() {
      return storage ? storage.getItem(key) !== null : noted;
    },
    note() {
      noted = true;
      // The storage may be full. The sign-out continues.
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
    // The note is not essential.
  }
}
