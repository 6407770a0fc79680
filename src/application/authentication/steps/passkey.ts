import {
  type PasskeyUse,
  readAssertion,
  type SignedAssertion,
  verifyAssertion,
} from '../../../credentials/webauthn/assertion.ts';
import type { Passkey } from '../../../credentials/webauthn/passkey.entity.ts';
import { PasskeyFault } from '../../../credentials/webauthn/passkey_fault.ts';
import { findPasskeyByCredential, noteUse } from '../../../credentials/webauthn/passkeys.ts';
import { findUserHandle } from '../../../credentials/webauthn/user_handles.ts';
import { Refusal } from '../../../kernel/errors.ts';
import { digestText } from '../../../kernel/secret.ts';
import type { OpenedProof } from '../../../proofs/sealed.ts';
import type { Db } from '../../../store/database/database.ts';
import type { RelyingParty } from '../../../credentials/webauthn/relying_party.ts';
import type { Services } from '../../foundation/services.ts';
import type { AuthenticationMethod } from '../authentication.ts';

/** The signature of a passkey over a challenge of this server. Nothing is proven yet. */
export interface PresentedPasskey {
  readonly signed: SignedAssertion;
  readonly challenge: OpenedProof;
  /** True if the options named the passkeys of the account, because they were asked for with its ticket. */
  readonly named: boolean;
}

/** A passkey that was proven. It permits nothing until it is spent, under the lock of its account. */
export interface ProvenPasskey {
  readonly passkey: Passkey;
  readonly use: PasskeyUse;
  readonly challenge: OpenedProof;
  readonly methods: readonly AuthenticationMethod[];
}

/** Returns the relying party. @throws FORBIDDEN while passkeys are off */
export function relyingPartyOf({ settings }: Pick<Services, 'settings'>): RelyingParty {
  if (!settings.relyingParty) throw new Refusal('FORBIDDEN');
  return settings.relyingParty;
}

/**
 * Makes the challenge of a sign-in: a sealed proof, so that strangers can ask for any number of them. Its bytes are
 * those that the authenticator signs.
 * @param ticket the ticket of the sign-in that the passkey continues; null for one that begins with it
 */
export function assertionChallenge(
  { proofs, clock }: Pick<Services, 'proofs' | 'clock'>,
  ticket: string | null,
): string {
  return proofs.seal('passkey-assertion', { data: ticket === null ? {} : { ticket: digestText(ticket) } }, clock());
}

/**
 * Reads a signature and opens its challenge. Only the signed challenge counts, and one that was made for a ticket counts
 * only with that ticket.
 * @throws PasskeyFault
 */
export function readPasskey(
  { proofs, clock, settings }: Pick<Services, 'proofs' | 'clock' | 'settings'>,
  response: unknown,
  ticket: string | null,
): PresentedPasskey {
  const signed = readAssertion(relyingPartyOf({ settings }), response);
  const challenge = proofs.open('passkey-assertion', { text: signed.challenge }, clock());
  if (!challenge) throw new PasskeyFault('challenge');
  const { ticket: ofTicket } = challenge.data;
  const named = ofTicket !== undefined;
  if (named && (ticket === null || ofTicket !== digestText(ticket))) throw new PasskeyFault('challenge');
  return { signed, challenge, named };
}

/**
 * Verifies a signature by the stored passkey with its credential id.
 * @param owner the account that the passkey must be of; null to find the account by the passkey
 * @throws PasskeyFault
 */
export async function provePasskey(
  { settings }: Pick<Services, 'settings'>,
  db: Db,
  { presented, owner }: { readonly presented: PresentedPasskey; readonly owner: string | null },
): Promise<ProvenPasskey> {
  const { signed, challenge, named } = presented;
  const passkey = await findPasskeyByCredential(db, signed.credentialId);
  const handle = passkey && (await findUserHandle(db, passkey.userId));
  if (!passkey || !handle || (owner !== null && passkey.userId !== owner)) throw new PasskeyFault('credential id');
  const use = await verifyAssertion(relyingPartyOf({ settings }), signed, { passkey, handle, named });
  return { passkey, use, challenge, methods: methodsOf(passkey) };
}

/**
 * Spends a proven passkey: its challenge and its counter, in the transaction that it permits, under the account's lock.
 * @returns false if the challenge was used before, or if the passkey was removed or used elsewhere meanwhile
 */
export async function spendPasskey(
  { proofs }: Pick<Services, 'proofs'>,
  db: Db,
  { passkey, use, challenge, at }: ProvenPasskey & { readonly at: Date },
): Promise<boolean> {
  if (!(await proofs.redeem(db, 'passkey-assertion', challenge))) return false;
  return noteUse(db, passkey, { ...use, at });
}

/**
 * Returns the methods that a passkey proves. Without attestation, a passkey that cannot be copied counts as hardware.
 * The user was verified, because the server requires it.
 */
function methodsOf({ deviceType }: Passkey): readonly AuthenticationMethod[] {
  return [deviceType === 'singleDevice' ? 'hwk' : 'swk', 'user'];
}
