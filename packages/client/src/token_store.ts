import { AuthError } from './auth_error.ts';
import type { AuthStorage } from './auth_client.ts';

/** The tokens that a program without cookies keeps between two requests, and with a storage between two runs. */
export interface Kept {
  readonly refresh?: string;
  /** Identifies the device at its next sign-in. It outlives the session. */
  readonly device?: string;
  /** The refresh tokens of sessions that the gateway has yet to end. */
  readonly owed?: readonly string[];
}

export interface TokenStore {
  /** Returns the current tokens, which another process may have changed in the storage. @throws AuthError `STORAGE` */
  read(): Promise<Kept>;
  /** Changes the tokens, one change after the other. If the storage fails, they stay in memory until it works. */
  change(edit: (before: Kept) => Kept): Promise<void>;
}

/**
 * Creates the store of a program's tokens.
 * @param url the gateway's address, because a storage may hold the tokens of several gateways
 * @param noteFailure called after each use of the storage, with its error if it failed
 */
export function createTokenStore(
  url: URL,
  storage: AuthStorage | undefined,
  noteFailure: (error?: AuthError) => void,
): TokenStore {
  // Keychains allow only these characters.
  const key = `gatehouse.${url.href.replaceAll(/[^\w.-]+/g, '_')}`;
  let known: Kept = {};
  let isSaved = storage !== undefined;
  let last: Promise<unknown> = Promise.resolve();

  function failed(cause: unknown): AuthError {
    const error = new AuthError('STORAGE', "The program's storage failed", { cause });
    noteFailure(error);
    return error;
  }

  async function load(): Promise<Kept> {
    if (!storage || !isSaved) return known;
    try {
      known = readKept(await storage.getItem(key));
    } catch (cause) {
      throw failed(cause);
    }
    noteFailure();
    return known;
  }

  async function save(next: Kept): Promise<void> {
    known = next;
    if (!storage) return;
    isSaved = false;
    try {
      if (Object.keys(next).length > 0) await storage.setItem(key, JSON.stringify(next));
      else await storage.removeItem(key);
      isSaved = true;
      noteFailure();
    } catch (cause) {
      failed(cause);
    }
  }

  function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = last.then(work);
    last = turn.catch(() => {});
    return turn;
  }

  return {
    read: () => inTurn(load),
    change: (edit) => inTurn(async () => save(edit(await load().catch(() => known)))),
  };
}

/** Reads the text that `save` wrote. Any other text counts as empty. */
function readKept(text: string | null | undefined): Kept {
  try {
    const { refresh, device, owed } = JSON.parse(text ?? '{}') as Record<string, unknown>;
    const owing = Array.isArray(owed) ? owed.filter((one) => typeof one === 'string') : [];
    return {
      ...(typeof refresh === 'string' ? { refresh } : {}),
      ...(typeof device === 'string' ? { device } : {}),
      ...(owing.length > 0 ? { owed: owing } : {}),
    };
  } catch {
    return {};
  }
}
