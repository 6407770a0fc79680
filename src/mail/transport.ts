import type { MailMessage } from './message.ts';

/** The steps of a delivery that are recorded. */
export interface DeliverySteps {
  /**
   * Ends the message, in the transaction that records that its end is on the way.
   * @param end writes the end of the message
   * @throws MailFault if another replica took the mail over; `end` is not called then
   */
  handOver(end: () => Promise<void>): Promise<void>;
  /** Aborted when the server stops: a message that has not ended yet is given up. */
  readonly stopping: AbortSignal;
}

/** Delivers messages. */
export interface MailTransport {
  /**
   * Delivers a message. Returns when the receiver has taken it.
   * @throws MailFault if it was refused, or if it is not known whether it was taken
   */
  deliver(message: MailMessage, steps: DeliverySteps): Promise<void>;
  close(): Promise<void>;
}

/**
 * The reason why a mail was not delivered:
 * - `server`: the mail server cannot be used now, for any mail.
 * - `mail`: it refuses this mail now.
 * - `permanent`: it refuses this mail for good (5yz, RFC 5321 section 4.2.1).
 * - `stopped`: the delivery was given up before the message had ended.
 */
export type MailFaultKind = 'server' | 'mail' | 'permanent' | 'stopped';

/** Thrown if a mail was not delivered. Its message is for operators; it has no content of the mail. */
export class MailFault extends Error {
  override readonly name = 'MailFault';
  readonly kind: MailFaultKind;

  constructor(kind: MailFaultKind, message: string, cause?: unknown) {
    super(message, { cause });
    this.kind = kind;
  }
}
