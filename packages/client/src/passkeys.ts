import type { Passkeys } from './auth_client.ts';
import { AddPasskeyDocument, StartPasskeyDocument } from './operations.ts';
import type { OwnRequest } from './own_requests.ts';
import { hasAutofill, type PasskeyDialog } from './passkey_dialog.ts';
import { platform } from './platform.ts';
import type { SignIn } from './sign_in.ts';

interface PasskeyParts {
  readonly dialog: PasskeyDialog;
  readonly request: OwnRequest;
  readonly login: SignIn['loginWithPasskey'];
}

/** Creates the passkeys of a client. */
export function createPasskeys({ dialog, request, login }: PasskeyParts): Passkeys {
  return {
    get isSupported() {
      return platform.PublicKeyCredential !== undefined && platform.navigator?.credentials !== undefined;
    },
    hasAutofill,
    login,
    async add(name) {
      const { asked } = await request(StartPasskeyDocument, {});
      const response = await dialog.create(asked.options);
      const { passkey } = await request(AddPasskeyDocument, { challenge: asked.challenge, name, response });
      return passkey;
    },
  };
}
