import { AuthError } from './auth_error.ts';
import { type Credential, type CredentialStore, type CredentialTypes, platform } from './platform.ts';

/** A choice for the dialog of a browser. */
export interface DialogOptions {
  /** Offers passkeys in the autofill of a form (conditional mediation), without a dialog. */
  readonly autofill?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** The passkeys of a browser. Options and responses are the JSON that the gateway sends and takes. */
export interface PasskeyDialog {
  /** Signs in. @throws AuthError `PASSKEY_FAILED` */
  get(options: unknown, how?: DialogOptions): Promise<unknown>;
  /** Registers a new one. @throws AuthError `PASSKEY_FAILED` */
  create(options: unknown): Promise<unknown>;
}

/** The APIs of a browser that has passkeys. */
interface PasskeyPlatform {
  readonly navigator?: { readonly credentials?: CredentialStore };
  readonly PublicKeyCredential?: CredentialTypes;
}

/** Creates the dialog of this browser. */
export function createPasskeyDialog({ navigator, PublicKeyCredential }: PasskeyPlatform = platform): PasskeyDialog {
  const types: CredentialTypes = PublicKeyCredential ?? {};

  async function run(ask: (store: CredentialStore) => Promise<Credential | null>): Promise<unknown> {
    const store = PublicKeyCredential && navigator?.credentials;
    if (!store) throw new AuthError('PASSKEY_FAILED', 'This platform has no passkeys');
    try {
      const credential = await ask(store);
      if (credential) return toJson(credential);
    } catch (cause) {
      throw new AuthError('PASSKEY_FAILED', 'The browser gave no passkey', { cause });
    }
    throw new AuthError('PASSKEY_FAILED', 'The browser gave no passkey');
  }

  return {
    get: (options, { autofill = false, signal } = {}) =>
      run(async (store) =>
        store.get({
          publicKey: types.parseRequestOptionsFromJSON?.(options) ?? decode(options),
          ...(autofill && { mediation: 'conditional' }),
          ...(signal && { signal }),
        }),
      ),
    create: (options) =>
      run(async (store) =>
        store.create({ publicKey: types.parseCreationOptionsFromJSON?.(options) ?? decode(options) }),
      ),
  };
}

/** Returns whether forms of this browser can offer passkeys in their autofill. */
export async function hasAutofill({ PublicKeyCredential }: PasskeyPlatform = platform): Promise<boolean> {
  return (await PublicKeyCredential?.isConditionalMediationAvailable?.().catch(() => false)) ?? false;
}

/** The members of options that are bytes, in base64url. Browsers of early 2024 do not read them from JSON. */
const BYTES = new Set(['challenge', 'id']);

/** Returns options with their bytes: `challenge`, `user.id` and the ids of credentials, but not `rp.id`. */
function decode(options: unknown): object {
  return convert(options, '') as object;
}

function convert(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return value.map((one: unknown) => convert(one, name));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, one]: [string, unknown]) =>
    typeof one === 'string' && BYTES.has(key) && name !== 'rp' ? [key, fromBase64url(one)] : [key, convert(one, key)],
  );
  return Object.fromEntries(entries);
}

function toJson(credential: Credential): unknown {
  if (credential.toJSON) return credential.toJSON();
  const { id, rawId, type, authenticatorAttachment, response } = credential;
  const bytes = ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle'].flatMap(
    (name) => (response[name] instanceof ArrayBuffer ? [[name, toBase64url(response[name])] as const] : []),
  );
  const transports = response.getTransports?.();
  return {
    id,
    rawId: toBase64url(rawId),
    type,
    ...(authenticatorAttachment && { authenticatorAttachment }),
    response: { ...Object.fromEntries(bytes), ...(transports && { transports }) },
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}

function fromBase64url(text: string): Uint8Array {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

function toBase64url(bytes: ArrayBuffer): string {
  const binary = Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join('');
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
