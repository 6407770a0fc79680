/** As much as is used of what only some platforms have: declared here, so that no program has to know the DOM's types. */
interface Platform {
  readonly location?: { readonly href: string };
  readonly document?: Visibility;
  readonly WorkerGlobalScope?: unknown;
  readonly navigator?: { readonly locks?: Locks };
  readonly BroadcastChannel?: new (name: string) => Channel;
}

export interface Visibility {
  readonly visibilityState: string;
  addEventListener(type: 'visibilitychange', listener: () => void): void;
  removeEventListener(type: 'visibilitychange', listener: () => void): void;
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
