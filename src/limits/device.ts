import { createHmac } from 'node:crypto';
import { deriveKey, equal, random } from '../kernel/secret.ts';

/** A device that a user signed in from before. */
export interface KnownDevice {
  /** The key of its failures. */
  readonly id: string;
  /** The account's epoch at the time; a higher epoch of the account ended the trust. */
  readonly epoch: number;
}

/**
 * Device tokens (OWASP, "Slow Down Online Guessing Attacks with Device Cookies"). Threat: an attacker who guesses at an
 * account locks it for its user too; a device with a token of the account has a small budget of its own. A token does
 * not contain a name: its tag is valid for one user name only.
 */
export interface Devices {
  issue(username: string, epoch: number): string;
  /** Returns the device; null if the token was not issued to this user name. */
  read(token: string, username: string): KnownDevice | null;
}

const EPOCH_BYTES = 4;
const ID_BYTES = 16;
const TAG_BYTES = 32;
const BODY_BYTES = EPOCH_BYTES + ID_BYTES;
const TEXT = new RegExp(`^[A-Za-z0-9_-]{${Math.ceil(((BODY_BYTES + TAG_BYTES) * 8) / 6)}}$`);

/**
 * Creates the functions for device tokens.
 * @param secrets `JWT_SECRET_KEY`, then the previous one while it is being replaced
 */
export function createDevices(secrets: readonly string[]): Devices {
  const keys = secrets.map((secret) => deriveKey(secret, 'device-token'));
  const tag = (key: Buffer, body: Buffer, username: string) =>
    createHmac('sha256', key).update(body).update(username.toLowerCase()).digest();
  return {
    issue(username, epoch) {
      const body = Buffer.alloc(BODY_BYTES);
      body.writeUInt32BE(epoch);
      random(ID_BYTES).copy(body, EPOCH_BYTES);
      return Buffer.concat([body, tag(keys[0]!, body, username)]).toString('base64url');
    },

    read(token, username) {
      if (!TEXT.test(token)) return null;
      const bytes = Buffer.from(token, 'base64url');
      const body = bytes.subarray(0, BODY_BYTES);
      if (!keys.some((key) => equal(tag(key, body, username), bytes.subarray(BODY_BYTES)))) return null;
      return { id: body.subarray(EPOCH_BYTES).toString('base64url'), epoch: body.readUInt32BE() };
    },
  };
}
