import type { AuthClient } from './auth_client.ts';

/** The header with the reason why the gateway asks for a new token. */
const TOKEN = 'gatehouse-token';

/** Milliseconds without another refresh for the same reason, because the last one did not help. */
const HELPLESS_MS = 10_000;

/**
 * Creates the function that refreshes a token if an answer asks for it: its role has changed, or its session has ended.
 */
export function createNoteAnswer(getAccessToken: AuthClient['getAccessToken']): AuthClient['noteAnswer'] {
  const noted = new Map<string, number>();
  return ({ headers }, token) => {
    const reason = headers.get(TOKEN);
    const now = performance.now();
    if (reason === null || now - (noted.get(reason) ?? -Infinity) < HELPLESS_MS) return;
    noted.set(reason, now);
    // If the refresh fails, the next answer asks for it again.
    getAccessToken({ refused: token }).catch(() => noted.delete(reason));
  };
}
