/** As much as is used of what only some platforms have: declared here, so that no program has to know the DOM's types. */
interface Platform {
  readonly location?: { readonly href: string; readonly origin: string };
  readonly document?: Visibility & { readonly baseURI?: string };
  readonly WorkerGlobalScope?: unknown;
  readonly navigator?: { readonly locks?: Locks; readonly cookieEnabled?: boolean };
  readonly localStorage?: WebStorage;
  readonly BroadcastChannel?: new (name: string) => Channel;
  addEventListener?(type: 'online', listener: () => void): void;
  removeEventListener?(type: 'online', listener: () => void): void;
}

export interface Visibility {
  readonly visibilityState: string;
  addEventListener(type: 'visibilitychange', listener: () => void): void;
  removeEventListener(type: 'visibilitychange', listener: () => void): void;
}

/** As much of the Web Storage API as is used. */
export interface WebStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** The Web Locks API. */
export interface Locks {
  request<T>(
    name: string,
    options: { readonly ifAvailable?: boolean },
    work: (lock: unknown) => T,
  ): Promise<Awaited<T>>;
}

export interface Channel {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  postMessage(message: unknown): void;
  close(): void;
  /** Node's alone. */
  unref?(): void;
}

export const platform = globalThis as unknown as Platform;

/** Whether cookies are kept for us here: a page or a worker of a page. */
export function isBrowser({ document, WorkerGlobalScope }: Platform = platform): boolean {
  return document !== undefined || WorkerGlobalScope !== undefined;
}

/** A page's localStorage; undefined where there is none, as in workers, or where the person allows none. */
export function lastingStorage(): WebStorage | undefined {
  try {
    return platform.document && platform.localStorage;
  } catch {
    return undefined;
  }
}
