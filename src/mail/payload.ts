import { deriveKey, seal, unseal } from '../kernel/secret.ts';
import type { MailContent } from './mail.ts';

/** The part of a mail that only the sender may read: links in it sign a person in. */
export interface MailPayload {
  /** Threat: an attacker who can write rows would move the payload of a reset to a mail to another address. */
  readonly id: string;
  readonly to: string;
  readonly content: MailContent;
}

export interface MailPayloads {
  seal(payload: MailPayload): Buffer;
  /** @throws Error for an operator if the payload is of another mail, or was sealed with another secret */
  open(id: string, sealed: Uint8Array): MailPayload;
  /** Returns the payload, sealed under the current secret. @throws Error as {@link open} */
  reseal(id: string, sealed: Uint8Array): Buffer;
}

/** The values of templates that are times. JSON has them as text. */
const TIMES: readonly string[] = ['at', 'expiresAt'];

/** Creates the sealing of payloads. @param secrets `JWT_SECRET_KEY`, then the previous one while it is being replaced */
export function createMailPayloads(secrets: readonly string[]): MailPayloads {
  const keys = secrets.map((secret) => deriveKey(secret, 'mails'));
  const sealed = (payload: MailPayload) => seal(Buffer.from(JSON.stringify(payload)), keys[0]!);

  function open(id: string, text: Uint8Array): MailPayload {
    for (const key of keys) {
      let plain: Buffer;
      try {
        plain = unseal(Buffer.from(text), key);
      } catch {
        // Sealed under another secret; the next one may open it.
        continue;
      }
      const payload = JSON.parse(plain.toString(), reviveTimes) as MailPayload;
      if (payload.id !== id) throw new Error(`The payload of the mail ${id} belongs to another mail`);
      return payload;
    }
    throw new Error(`The mail ${id} cannot be decrypted: it was stored with another JWT_SECRET_KEY`);
  }

  return { seal: sealed, open, reseal: (id, text) => sealed(open(id, text)) };
}

function reviveTimes(name: string, value: unknown): unknown {
  return TIMES.includes(name) && typeof value === 'string' ? new Date(value) : value;
}
