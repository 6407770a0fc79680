/** The fault of an authenticator's response. Only for the log: a client reads one refusal for all. */
export type PasskeyFaultReason =
  | 'malformed'
  | 'challenge'
  | 'account'
  | 'type'
  | 'origin'
  | 'frame'
  | 'token binding'
  | 'attestation'
  | 'algorithm'
  | 'credential id'
  | 'user handle'
  | 'backup eligibility'
  | 'counter'
  | 'signature'
  | 'response';

/** Thrown for a response that does not prove what it claims. */
export class PasskeyFault extends Error {
  override readonly name = 'PasskeyFault';
  readonly reason: PasskeyFaultReason;

  constructor(reason: PasskeyFaultReason, cause?: unknown) {
    super(`invalid passkey response: ${reason}`, { cause });
    this.reason = reason;
  }
}

/** Runs a check of the library. @throws PasskeyFault with the error of the library as its cause */
export async function orPasskeyFault<T>(check: () => Promise<T>): Promise<T> {
  try {
    return await check();
  } catch (error) {
    throw error instanceof PasskeyFault ? error : new PasskeyFault('response', error);
  }
}
