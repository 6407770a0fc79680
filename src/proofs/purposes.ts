interface PurposeTerms {
  /** The lifetime in seconds. */
  readonly seconds: number;
  /** The most attempts at a stored proof. A sealed one has no row to count at before its use. */
  readonly attempts: number;
}

const DAY = 86_400;

/** The purposes of stored proofs, each with its lifetime and its attempts. */
export const STORED = {
  /** A sign-in that waits for its second factor. */
  'sign-in': { seconds: 300, attempts: 5 },
  /**
   * RFC 6749 section 4.1.2 allows ten minutes; clients exchange a code within a second. Threat: a thief of a code must
   * have only one guess at the verifier.
   */
  'authorization-code': { seconds: 60, attempts: 1 },
  'password-reset': { seconds: 3600, attempts: 5 },
  'email-verification': { seconds: DAY, attempts: 5 },
  'email-change': { seconds: DAY, attempts: 5 },
  /** The old address can take a change of address back. */
  'email-undo': { seconds: 3 * DAY, attempts: 5 },
  invitation: { seconds: 7 * DAY, attempts: 5 },
} as const satisfies Record<string, PurposeTerms>;

/** The purposes of sealed proofs, which strangers can ask for, with their lifetimes in seconds. */
export const SEALED = {
  /** An authorization request that waits for the user's answer: enough to find a password, and to wait out a delay. */
  consent: { seconds: 600 },
  'passkey-registration': { seconds: 600 },
  'passkey-assertion': { seconds: 300 },
} as const satisfies Record<string, Pick<PurposeTerms, 'seconds'>>;

export type StoredPurpose = keyof typeof STORED;
export type SealedPurpose = keyof typeof SEALED;
export type ProofPurpose = StoredPurpose | SealedPurpose;
