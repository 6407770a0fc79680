import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  type PublicKeyCredentialRequestOptionsJSON,
  verifyAuthenticationResponse,
} from '@simplewebauthn/server';
import { z } from 'zod';
import { equal } from '../../kernel/secret.ts';
import { base64url, readSignedChallenge } from './client_data.ts';
import type { Passkey } from './passkey.entity.ts';
import { orPasskeyFault, PasskeyFault } from './passkey_fault.ts';
import { descriptorsOf } from './passkeys.ts';
import { CEREMONY_MS } from './registration.ts';
import type { RelyingParty } from './relying_party.ts';

/**
 * Returns the options for `navigator.credentials.get` as JSON.
 * @param challenge base64url
 * @param passkeys those of a known account; null for a sign-in without a name. Threat: with a list for a name that a
 *   stranger types, the options reveal which accounts exist
 */
export async function assertionOptions(
  { id }: RelyingParty,
  challenge: string,
  passkeys: readonly Passkey[] | null,
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  return generateAuthenticationOptions({
    rpID: id,
    challenge: Uint8Array.from(Buffer.from(challenge, 'base64url')),
    timeout: CEREMONY_MS,
    userVerification: 'required',
    ...(passkeys && { allowCredentials: descriptorsOf(passkeys) }),
  });
}

const shape = z.object({
  id: base64url(1023),
  rawId: base64url(1023),
  type: z.literal('public-key'),
  response: z.object({
    clientDataJSON: base64url(8192),
    authenticatorData: base64url(4096),
    signature: base64url(1024),
    userHandle: z.union([base64url(64), z.literal('')]).nullish(),
  }),
});

/** The signature of a passkey, whose client data was checked. Nothing is proven yet. */
export interface SignedAssertion {
  /** The challenge in the client data, which the signature covers. */
  readonly challenge: string;
  readonly credentialId: Buffer;
  readonly response: z.output<typeof shape>;
}

/** Reads the response of `navigator.credentials.get`. @throws PasskeyFault */
export function readAssertion(rp: RelyingParty, json: unknown): SignedAssertion {
  const { success, data } = shape.safeParse(json);
  if (!success) throw new PasskeyFault('malformed');
  const challenge = readSignedChallenge(data.response.clientDataJSON, 'webauthn.get', rp);
  return { challenge, credentialId: Buffer.from(data.id, 'base64url'), response: data };
}

/** The stored passkey with the id of an assertion, and what is known of its account. */
export interface AssertedPasskey {
  readonly passkey: Pick<Passkey, 'credentialId' | 'publicKey' | 'counter' | 'deviceType'>;
  /** The handle of the account that owns the passkey. */
  readonly handle: Buffer;
  /** True if the options named the passkeys of the account. Only then the authenticator may leave the handle out. */
  readonly named: boolean;
}

/** The state of a passkey after its use, to be stored under the lock of its account. */
export interface PasskeyUse {
  readonly counter: number;
  readonly backedUp: boolean;
}

/**
 * Verifies the signature of a passkey (WebAuthn level 3, section 7.2). The caller opens and redeems the challenge.
 * @throws PasskeyFault
 */
export async function verifyAssertion(
  rp: RelyingParty,
  { challenge, credentialId, response }: SignedAssertion,
  { passkey, handle, named }: AssertedPasskey,
): Promise<PasskeyUse> {
  const { userHandle } = response.response;
  // Threat: a passkey that signs for another account.
  if (userHandle ? !equal(Buffer.from(userHandle, 'base64url'), handle) : !named) throw new PasskeyFault('user handle');
  if (!equal(credentialId, Buffer.from(passkey.credentialId))) throw new PasskeyFault('credential id');
  const { verified, authenticationInfo: info } = await orPasskeyFault(() =>
    verifyAuthenticationResponse({
      response: { ...response, clientExtensionResults: {} } as AuthenticationResponseJSON,
      expectedChallenge: challenge,
      expectedOrigin: [...rp.origins],
      expectedRPID: rp.id,
      requireUserVerification: true,
      // The counter is compared below, after the signature that vouches for it.
      credential: { id: response.id, publicKey: Uint8Array.from(passkey.publicKey), counter: 0 },
    }),
  );
  if (!verified) throw new PasskeyFault('signature');
  // Constant for the life of a passkey (section 6.1.3).
  if (info.credentialDeviceType !== passkey.deviceType) throw new PasskeyFault('backup eligibility');
  if (!advances(passkey.counter, info.newCounter)) throw new PasskeyFault('counter');
  return { counter: info.newCounter, backedUp: info.credentialBackedUp };
}

/** Returns whether a counter may follow the stored one. Threat: a copy of the authenticator signs with a smaller one. */
function advances(stored: number, shown: number): boolean {
  return shown > stored || (shown === 0 && stored === 0);
}
