import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { deriveKey, digest, equal, random } from '../kernel/secret.ts';

/**
 * A refresh token: session, generation, 256 random bits, and a tag over the three. It is accepted only by its digest;
 * the tag lets one row recognise its own older tokens without keeping them, and lets a forged one end nothing. So a
 * token whose tag was made under a secret that is gone still counts, and accuses nobody.
 */
export interface RefreshToken {
  /** As the client holds it: base64url. */
  readonly text: string;
  readonly sessionId: string;
  readonly generation: number;
  /** Whether we made it, as far as its tag tells: all that the digests do not say is believed of such a one alone. */
  readonly genuine: boolean;
  /** SHA-256 of the text: all of it that is ever stored. */
  readonly digest: Buffer;
}

export interface RefreshTokens {
  mint(sessionId: string, generation: number): RefreshToken;
  /** The token of a text, or null where it cannot be one. */
  parse(text: string): RefreshToken | null;
}

const VERSION = 1;
const SESSION_BYTES = 16;
const RANDOM_BYTES = 32;
const TAG_BYTES = 32;
const BODY_BYTES = 1 + SESSION_BYTES + 4 + RANDOM_BYTES;
const TEXT = new RegExp(`^[A-Za-z0-9_-]{${Math.ceil(((BODY_BYTES + TAG_BYTES) * 8) / 6)}}$`);

/** @param secrets `JWT_SECRET_KEY`, then the previous one while it is being replaced */
export function createRefreshTokens(secrets: readonly string[]): RefreshTokens {
  // As key objects: from bytes, Node makes one anew for each tag, which takes longer than the tag.
  const keys = secrets.map((secret) => createSecretKey(deriveKey(secret, 'refresh-token-tag')));
  const tag = (body: Buffer, key: KeyObject) => createHmac('sha256', key).update(body).digest();
  return {
    mint(sessionId, generation) {
      const body = Buffer.alloc(BODY_BYTES);
      body.writeUInt8(VERSION, 0);
      Buffer.from(sessionId.replaceAll('-', ''), 'hex').copy(body, 1);
      body.writeUInt32BE(generation, 1 + SESSION_BYTES);
      random(RANDOM_BYTES).copy(body, 1 + SESSION_BYTES + 4);
      const text = Buffer.concat([body, tag(body, keys[0]!)]).toString('base64url');
      return { text, sessionId, generation, genuine: true, digest: digest(text) };
    },

    parse(text) {
      if (!TEXT.test(text)) return null;
      const bytes = Buffer.from(text, 'base64url');
      // Unused bits of the last character would make other texts of the same token: there is one spelling.
      if (bytes.toString('base64url') !== text || bytes.readUInt8(0) !== VERSION) return null;
      const body = bytes.subarray(0, BODY_BYTES);
      const id = body.subarray(1, 1 + SESSION_BYTES).toString('hex');
      return {
        text,
        sessionId: id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
        generation: body.readUInt32BE(1 + SESSION_BYTES),
        genuine: keys.some((key) => equal(tag(body, key), bytes.subarray(BODY_BYTES))),
        digest: digest(text),
      };
    },
  };
}
