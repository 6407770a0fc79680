import { createHmac } from 'node:crypto';
import { deriveKey, equal, random } from '../kernel/secret.ts';

/** A device that a user signed in from before. */
export interface KnownDevice {
  /** The key of its failures. */
  readonly id: string;
  /** The account's epoch at the time; a higher epoch of the account ended the trust. */
  readonly epoch: number;
  /** The time until which the second factor may be skipped, in seconds since the epoch; 0 if it may not. */
  readonly rememberedUntil: number;
}

/**
 * Device tokens (OWASP, "Slow Down Online Guessing Attacks with Device Cookies"). Threat: an attacker who guesses at an
 * account locks it for its user too; a device with a token of the account has a small budget of its own. A token does
 * not contain a name: its tag is valid for one user name only.
 */
export interface Devices {
  /** @param rememberedUntil the time until which the second factor may be skipped, in seconds since the epoch */
  issue(username: string, epoch: number, rememberedUntil?: number): string;
  /** Returns the device; null if the token was not issued to this user name. */
  read(token: string, username: string): KnownDevice | null;
}

const EPOCH_BYTES = 4;
const REMEMBERED_BYTES = 4;
const ID_BYTES = 16;
const TAG_BYTES = 32;
const BODY_BYTES = EPOCH_BYTES + ID_BYTES;
const charactersOf = (bytes: number) => Math.ceil((bytes * 8) / 6);
/** A token that remembers nothing is as long as those of earlier releases. */
const TEXT = new RegExp(
  `^[A-Za-z0-9_-]{${charactersOf(BODY_BYTES + TAG_BYTES)}}([A-Za-z0-9_-]{${
    charactersOf(BODY_BYTES + REMEMBERED_BYTES + TAG_BYTES) - charactersOf(BODY_BYTES + TAG_BYTES)
  }})?$`,
);

/**
 * Creates the functions for device tokens.
 * @param secrets `JWT_SECRET_KEY`, then the previous one while it is being replaced
 */
export function createDevices(secrets: readonly string[]): Devices {
  const keys = secrets.map((secret) => deriveKey(secret, 'device-token'));
  const tag = (key: Buffer, body: Buffer, username: string) =>
    createHmac('sha256', key).update(body).update(username.toLowerCase()).digest();
  return {
    issue(username, epoch, rememberedUntil = 0) {
      const body = Buffer.alloc(BODY_BYTES + (rememberedUntil > 0 ? REMEMBERED_BYTES : 0));
      body.writeUInt32BE(epoch);
      random(ID_BYTES).copy(body, EPOCH_BYTES);
      if (rememberedUntil > 0) body.writeUInt32BE(rememberedUntil, BODY_BYTES);
      return Buffer.concat([body, tag(keys[0]!, body, username)]).toString('base64url');
    },

    read(token, username) {
      if (!TEXT.test(token)) return null;
      const bytes = Buffer.from(token, 'base64url');
      const body = bytes.subarray(0, -TAG_BYTES);
      if (!keys.some((key) => equal(tag(key, body, username), bytes.subarray(-TAG_BYTES)))) return null;
      return {
        id: body.subarray(EPOCH_BYTES, BODY_BYTES).toString('base64url'),
        epoch: body.readUInt32BE(),
        rememberedUntil: body.length > BODY_BYTES ? body.readUInt32BE(BODY_BYTES) : 0,
      };
    },
  };
}
