import { type Authenticator } from './authenticator.ts';

/** The API of a browser whose user confirms every dialog. */
export interface PasskeyPlatform {
  /** The options of the dialogs so far. */
  readonly dialogs: { readonly kind: 'get' | 'create'; readonly mediation: unknown }[];
  /** Removes the API. */
  leave(): void;
}

/** Gives this process the passkeys of an authenticator, as a page of an origin has them. */
export function enterPasskeyPlatform(authenticator: Authenticator, origin: string): PasskeyPlatform {
  const dialogs: PasskeyPlatform['dialogs'] = [];
  const dialog =
    (kind: 'get' | 'create') =>
    async ({ publicKey, mediation }: { publicKey: never; mediation?: unknown }) => {
      dialogs.push({ kind, mediation });
      const response = await authenticator[kind](publicKey, origin);
      return { toJSON: () => response };
    };
  const parse = (options: unknown) => options;
  const PublicKeyCredential = { parseRequestOptionsFromJSON: parse, parseCreationOptionsFromJSON: parse };
  Object.defineProperty(globalThis, 'PublicKeyCredential', { configurable: true, value: PublicKeyCredential });
  Object.defineProperty(navigator, 'credentials', {
    configurable: true,
    value: { get: dialog('get'), create: dialog('create') },
  });
  return {
    dialogs,
    leave() {
      Reflect.deleteProperty(globalThis, 'PublicKeyCredential');
      Reflect.deleteProperty(navigator, 'credentials');
    },
  };
}
