import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { deriveKey, digest, equal, random } from '../kernel/secret.ts';

/**
 * A refresh token: session, generation, 256 random bits, and a tag over the three. A token is accepted only by its
 * digest. With the tag, a session's row recognises its older tokens without storing them. Threat: without it, a forged
 * token with a guessed session could end that session. A token whose tag was made with a removed secret is still
 * accepted by its digest, but is no evidence of theft.
 */
export interface RefreshToken {
  /** The token as clients hold it, in base64url. */
  readonly text: string;
  readonly sessionId: string;
  readonly generation: number;
  /** True if the tag is valid under a secret in use. Only a genuine token can prove anything beyond its digest. */
  readonly genuine: boolean;
  /** SHA-256 of the text; only this is stored. */
  readonly digest: Buffer;
}

export interface RefreshTokens {
  mint(sessionId: string, generation: number): RefreshToken;
  /** Parses a token; null if the text has another form. */
  parse(text: string): RefreshToken | null;
}

const VERSION = 1;
const SESSION_BYTES = 16;
const RANDOM_BYTES = 32;
const TAG_BYTES = 32;
const BODY_BYTES = 1 + SESSION_BYTES + 4 + RANDOM_BYTES;
const TEXT = new RegExp(`^[A-Za-z0-9_-]{${Math.ceil(((BODY_BYTES + TAG_BYTES) * 8) / 6)}}$`);

/**
 * Creates the functions for refresh tokens.
 * @param secrets `JWT_SECRET_KEY`, then the previous one while it is being replaced
 */
export function createRefreshTokens(secrets: readonly string[]): RefreshTokens {
  // Key objects: given bytes, Node would make a key object for each tag, which takes longer than the tag itself.
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
      // Threat: the last character has unused bits, so that other texts would decode to the same token. Only one
      // spelling is valid.
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
