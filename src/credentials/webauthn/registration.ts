import {
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
  type RegistrationResponseJSON,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import { decodeAttestationObject } from '@simplewebauthn/server/helpers';
import { z } from 'zod';
import { base64url, readSignedChallenge } from './client_data.ts';
import type { Passkey } from './passkey.entity.ts';
import { orPasskeyFault, PasskeyFault } from './passkey_fault.ts';
import { descriptorsOf, type NewPasskey } from './passkeys.ts';
import { ALGORITHMS, checkPublicKey } from './public_key.ts';
import type { RelyingParty } from './relying_party.ts';

/** How long a browser waits for its user, in milliseconds. */
export const CEREMONY_MS = 300_000;

/** The bounds of credential ids in bytes (WebAuthn level 3, section 4). A shorter one could be guessed. */
const [SHORTEST_ID, LONGEST_ID] = [16, 1023];

const TRANSPORTS: readonly string[] = ['ble', 'cable', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb'];

/** The account that a passkey is made for, as its authenticator stores it. */
export interface PasskeyOwner {
  /** Random, never the name: authenticators show it to anyone who holds them. */
  readonly handle: Buffer;
  readonly username: string;
  readonly fullName: string | null;
  readonly passkeys: readonly Passkey[];
}

/**
 * Returns the options for `navigator.credentials.create` as JSON: a discoverable passkey with user verification, and no
 * attestation, which would tell the make of the authenticator.
 * @param challenge base64url
 */
export async function registrationOptions(
  { id }: RelyingParty,
  challenge: string,
  { handle, username, fullName, passkeys }: PasskeyOwner,
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  return generateRegistrationOptions({
    rpName: id,
    rpID: id,
    challenge: Uint8Array.from(Buffer.from(challenge, 'base64url')),
    userID: Uint8Array.from(handle),
    userName: username,
    userDisplayName: fullName ?? username,
    timeout: CEREMONY_MS,
    attestationType: 'none',
    // Refused by the authenticator itself, so that one passkey does not replace another of the same account.
    excludeCredentials: descriptorsOf(passkeys),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    supportedAlgorithmIDs: ALGORITHMS,
  });
}

const shape = z.object({
  id: base64url(LONGEST_ID),
  rawId: base64url(LONGEST_ID),
  type: z.literal('public-key'),
  response: z.object({
    clientDataJSON: base64url(8192),
    attestationObject: base64url(8192),
    transports: z.array(z.string()).max(20).optional(),
  }),
});

/** The response of a new passkey, whose client data was checked. */
export interface SignedRegistration {
  /** The challenge in the client data. */
  readonly challenge: string;
  readonly response: z.output<typeof shape>;
}

/** Reads the response of `navigator.credentials.create`. @throws PasskeyFault */
export function readRegistration(rp: RelyingParty, json: unknown): SignedRegistration {
  const { success, data } = shape.safeParse(json);
  if (!success) throw new PasskeyFault('malformed');
  return { challenge: readSignedChallenge(data.response.clientDataJSON, 'webauthn.create', rp), response: data };
}

/**
 * Verifies a new passkey (WebAuthn level 3, section 7.1). The caller opens and redeems the challenge.
 * @throws PasskeyFault
 */
export async function verifyRegistration(
  rp: RelyingParty,
  { challenge, response }: SignedRegistration,
): Promise<NewPasskey> {
  await orPasskeyFault(async () => checkAttestation(response.response.attestationObject));
  const { registrationInfo: info } = await orPasskeyFault(() =>
    verifyRegistrationResponse({
      response: { ...response, clientExtensionResults: {} } as RegistrationResponseJSON,
      expectedChallenge: challenge,
      expectedOrigin: [...rp.origins],
      expectedRPID: rp.id,
      requireUserVerification: true,
      supportedAlgorithmIDs: ALGORITHMS,
    }),
  );
  if (!info) throw new PasskeyFault('signature');
  const { credential } = info;
  // Threat: the id beside the attested one is that of another account's passkey.
  if (credential.id !== response.id) throw new PasskeyFault('credential id');
  const credentialId = Buffer.from(credential.id, 'base64url');
  if (credentialId.length < SHORTEST_ID || credentialId.length > LONGEST_ID) throw new PasskeyFault('credential id');
  await orPasskeyFault(async () => checkPublicKey(credential.publicKey));
  return {
    credentialId,
    publicKey: Buffer.from(credential.publicKey),
    counter: credential.counter,
    transports: (response.response.transports ?? []).filter((name) => TRANSPORTS.includes(name)),
    deviceType: info.credentialDeviceType,
    backedUp: info.credentialBackedUp,
  };
}

/**
 * Refuses attestation other than none and self attestation, which browsers leave in place (section 5.1.3). Threat: for
 * the others the library fetches the addresses that a certificate of the response names.
 */
function checkAttestation(attestationObject: string): void {
  const attestation = decodeAttestationObject(Uint8Array.from(Buffer.from(attestationObject, 'base64url')));
  const format = attestation.get('fmt');
  if (format === 'none') return;
  if (format !== 'packed' || attestation.get('attStmt').get('x5c') !== undefined) throw new PasskeyFault('attestation');
}
