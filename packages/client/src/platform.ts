/** The used APIs that only some platforms have. Declared here, so that programs do not need the types of the DOM. */
interface Platform {
  readonly location?: { readonly href: string; readonly origin: string };
  readonly document?: Visibility & { readonly baseURI?: string };
  readonly WorkerGlobalScope?: unknown;
  readonly navigator?: {
    readonly locks?: Locks;
    readonly cookieEnabled?: boolean;
    readonly credentials?: CredentialStore;
  };
  readonly PublicKeyCredential?: CredentialTypes;
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

/** The used part of the Web Storage API. */
export interface WebStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** The used part of the Web Locks API. */
export interface Locks {
  request<T>(
    name: string,
    options: { readonly ifAvailable?: boolean },
    work: (lock: unknown) => T,
  ): Promise<Awaited<T>>;
}

/** The used parts of the Web Authentication API (level 3). */
export interface Credential {
  readonly id: string;
  readonly rawId: ArrayBuffer;
  readonly type: string;
  readonly authenticatorAttachment?: string | null;
  readonly response: Readonly<Record<string, unknown>> & { getTransports?(): string[] };
  getClientExtensionResults(): object;
  toJSON?(): unknown;
}

export interface CredentialStore {
  get(options: object): Promise<Credential | null>;
  create(options: object): Promise<Credential | null>;
}

export interface CredentialTypes {
  parseRequestOptionsFromJSON?(options: unknown): object;
  parseCreationOptionsFromJSON?(options: unknown): object;
  isConditionalMediationAvailable?(): Promise<boolean>;
}

export interface Channel {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  postMessage(message: unknown): void;
  close(): void;
  /** Exists only in Node. */
  unref?(): void;
}

export const platform = globalThis as unknown as Platform;

/** Returns whether the platform keeps cookies: a page, or a worker of a page. */
export function isBrowser({ document, WorkerGlobalScope }: Platform = platform): boolean {
  return document !== undefined || WorkerGlobalScope !== undefined;
}

/** Returns the localStorage of a page; undefined in workers, and if the user forbids it. */
export function lastingStorage(): WebStorage | undefined {
  try {
    return platform.document && platform.localStorage;
  } catch {
    return undefined;
  }
}
