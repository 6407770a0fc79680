import type { AuthClient } from './auth_client.ts';

/** The header by which the gateway says that the token of the request is not right any more, and why. */
const TOKEN = 'gatehouse-token';

/** For so long after one renewal no other is made for the same reason: it has not helped. */
const HELPLESS_MS = 10_000;

/** Renews a token where an answer says so: its role is another one by now, or its session over. */
export function createNoteAnswer(getAccessToken: AuthClient['getAccessToken']): AuthClient['noteAnswer'] {
  const noted = new Map<string, number>();
  return ({ headers }, token) => {
    const reason = headers.get(TOKEN);
    const now = performance.now();
    if (reason === null || now - (noted.get(reason) ?? -Infinity) < HELPLESS_MS) return;
    noted.set(reason, now);
    // Where the gateway cannot be asked now, the next answer says it again.
    getAccessToken({ refused: token }).catch(() => noted.delete(reason));
  };
}
