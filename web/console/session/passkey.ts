import {
  browserSupportsWebAuthn,
  type PublicKeyCredentialCreationOptionsJSON,
  startRegistration,
  WebAuthnError,
} from '@simplewebauthn/browser';

/** A passkey that was not made: cancelled by the user, or refused by the browser. */
class PasskeyError extends Error {
  readonly code = 'PASSKEY';
}

/** Returns whether the browser has passkeys at all. Without HTTPS it has none, except on loopback. */
export const supportsPasskeys = (): boolean => browserSupportsWebAuthn();

/** Makes a passkey by the server's options, as JSON. @returns the response as JSON. @throws an error for users */
export async function makePasskey(options: unknown): Promise<unknown> {
  const optionsJSON = options as PublicKeyCredentialCreationOptionsJSON;
  try {
    return await startRegistration({ optionsJSON });
  } catch (cause) {
    throw new PasskeyError(sentenceOf(cause, optionsJSON.rp.id), { cause });
  }
}

function sentenceOf(cause: unknown, rpId: string | undefined): string {
  if (cause instanceof WebAuthnError) {
    if (cause.code === 'ERROR_AUTHENTICATOR_PREVIOUSLY_REGISTERED') return 'It has a passkey of your account already.';
    if (cause.code.includes('DOMAIN') || cause.code.includes('RP_ID')) {
      return `The passkeys of this server belong to ${rpId}: open this page there.`;
    }
  }
  return 'No passkey was made: the request was cancelled, or took too long.';
}
