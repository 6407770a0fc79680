import { z } from 'zod';
import { PasskeyFault } from './passkey_fault.ts';
import type { RelyingParty } from './relying_party.ts';

/** Base64url without padding, as `toJSON()` of a credential writes it. Threat: other spellings of an id pass for new ones. */
export const base64url = (maxBytes: number) =>
  z
    .string()
    .min(1)
    .max(Math.ceil((maxBytes * 4) / 3))
    .refine((text) => Buffer.from(text, 'base64url').toString('base64url') === text);

const clientData = z.object({
  type: z.string(),
  challenge: base64url(1024),
  origin: z.string(),
  crossOrigin: z.boolean().optional(),
  topOrigin: z.string().optional(),
  tokenBinding: z.object({ status: z.string() }).optional(),
});

/** The type of each ceremony in the client data (WebAuthn level 3, section 5.8.1). */
export type CeremonyType = 'webauthn.create' | 'webauthn.get';

/**
 * Checks the client data, which the browser writes and the authenticator signs, and returns its challenge. Threat: a
 * challenge beside the signed one, such as an argument, proves nothing about the signature.
 * @param text base64url of `clientDataJSON`
 * @throws PasskeyFault
 */
export function readSignedChallenge(text: string, type: CeremonyType, { origins }: RelyingParty): string {
  const { success, data } = clientData.safeParse(parse(text));
  if (!success) throw new PasskeyFault('malformed');
  // Threat: the signature of one ceremony is shown as that of the other.
  if (data.type !== type) throw new PasskeyFault('type');
  if (!origins.includes(data.origin)) throw new PasskeyFault('origin');
  // Threat: a foreign page shows ours in a frame, and its user confirms a sign-in that the page started. The library
  // accepts a frame without `topOrigin`, and every frame at a registration.
  if (data.crossOrigin === true || data.topOrigin !== undefined) throw new PasskeyFault('frame');
  // The id of a bound TLS connection cannot be compared behind a proxy. Browsers have removed token binding.
  if (data.tokenBinding?.status === 'present') throw new PasskeyFault('token binding');
  return data.challenge;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(text, 'base64url')));
  } catch (error) {
    throw new PasskeyFault('malformed', error);
  }
}
