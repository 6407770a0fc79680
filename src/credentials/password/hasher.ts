import { isDeepStrictEqual } from 'node:util';
import * as argon2 from 'argon2';
import * as bcrypt from 'bcrypt';
import { random } from '../../kernel/secret.ts';
import { capsAround, readRecipe, writeArgon2 } from './stored_hash.ts';
import type { Argon2Parameters, Argon2Recipe, Recipe } from './stored_hash.ts';
import type { Turn } from './hashing_queue.ts';

/**
 * The most UTF-8 bytes of a presented password: the longest encoding of 128 characters (4 code points each, of 4
 * bytes). Threat: normalizing is quadratic in a run of combining marks. A request of 100 kB would block the event loop
 * for seconds.
 */
export const MAX_PRESENTED_BYTES = 2048;

/** Bcrypt ignores further bytes. */
const BCRYPT_MAX_BYTES = 72;

/**
 * The result of a verification. `upgrade`: the password matches, and `hash(password)` should replace the stored hash
 * now.
 */
export type PasswordVerdict =
  { readonly matches: false; readonly upgrade: false } | { readonly matches: true; readonly upgrade: boolean };

const NO_MATCH: PasswordVerdict = { matches: false, upgrade: false };

/**
 * Hashes and verifies passwords. Arguments and results are plain data, so that the work can run in a separate process:
 * see `hashing_pool.ts`. There, `hash` and `verify` also throw OVERLOADED, and wait for their turn among other networks
 * and accounts.
 */
export interface Hasher {
  /**
   * Returns an Argon2id hash with the current parameters, as a PHC string.
   * @throws TypeError for a password that could never be verified (see {@link isPresentable}): check the policy first
   */
  hash(password: string, turn?: Turn): Promise<string>;

  /**
   * Verifies a password, and returns whether its hash is outdated (the tutorial's `verify_and_update`). It never throws
   * for its arguments. A stored hash that is malformed or over the caps, and a password that could not have been
   * accepted, do not match, and cost as much as any wrong password.
   */
  verify(password: string, stored: string, turn?: Turn): Promise<PasswordVerdict>;

  /**
   * Returns the hash of random bytes with the current parameters, for the verification of an unknown name. Threat:
   * without it, the response for an unknown name comes at once, and the response for a known one after the hashing, so
   * that the time tells names apart (OWASP Authentication Cheat Sheet, "Authentication and Error Messages").
   */
  decoy(): string;

  /** Returns whether a password would be hashed now. */
  status(): Promise<HashingStatus>;
}

/**
 * `full`: the queue is full, and the next password is refused. `away`: the hashing process has ended and is being
 * replaced.
 */
export type HashingStatus = 'ready' | 'full' | 'away';

/**
 * Creates a hasher with Argon2id (RFC 9106), a salt of 16 bytes and a tag of 32, as in the tutorial's library.
 * @throws Error at construction if Argon2 does not accept the parameters
 */
export async function createHasher(parameters: Argon2Parameters): Promise<Hasher> {
  const { memoryKib, timeCost, parallelism } = parameters;
  const current: Argon2Recipe = {
    scheme: 'argon2id',
    version: 19,
    memoryKib,
    timeCost,
    parallelism,
    saltBytes: 16,
    tagBytes: 32,
  };
  const caps = capsAround(current);

  async function hashArgon2(secret: string | Buffer): Promise<string> {
    const salt = random(current.saltBytes);
    const tag = await argon2.hash(secret, {
      raw: true,
      type: argon2.argon2id,
      version: current.version,
      memoryCost: memoryKib,
      timeCost,
      parallelism,
      hashLength: current.tagBytes,
      salt,
    });
    return writeArgon2(current, salt, tag);
  }

  const decoy = await hashArgon2(random(32));

  return {
    async hash(password) {
      if (!isPresentable(password)) throw new TypeError('This password could never be verified');
      return hashArgon2(normalizePassword(password));
    },

    async verify(password, stored) {
      const presentable = isPresentable(password);
      const recipe = presentable ? readRecipe(stored, caps) : undefined;
      const isCurrent = isDeepStrictEqual(recipe, current);

      for (const spelling of presentable ? spellings(password) : ['']) {
        // Any case but one Argon2 verification at the current cost also verifies the decoy, at the same time. Threat:
        // an unusable hash, or one that costs less than the current parameters, would give a faster response than an
        // unknown name. The time would reveal every account that has not signed in since the parameters were raised. A
        // more expensive hash does take longer, until the account's next login.
        const [matches] = await Promise.all([
          recipe !== undefined && compare(spelling, stored, recipe),
          isCurrent || argon2.verify(decoy, spelling),
        ]);
        if (matches) return { matches, upgrade: !isCurrent || spelling !== normalizePassword(password) };
      }
      return NO_MATCH;
    },

    decoy: () => decoy,
    status: async () => 'ready',
  };
}

/**
 * Returns the form in which a password is hashed and compared: NFKC, so that it is the same on every keyboard and
 * system (NIST SP 800-63B section 5.1.1.2).
 */
export function normalizePassword(password: string): string {
  return password.normalize('NFKC');
}

/**
 * Returns whether a password can match at all: it is not empty, not too long, and well-formed. Threat: in UTF-8 every
 * lone surrogate becomes the same U+FFFD, so that different strings would open one account.
 */
export function isPresentable(password: string): boolean {
  return password !== '' && Buffer.byteLength(password) <= MAX_PRESENTED_BYTES && password.isWellFormed();
}

/**
 * Returns the spellings to try: normalized, then as typed, because an imported hash (such as the tutorial's) may be
 * made from that. Their number depends only on the password, never on the account, so that the time reveals nothing.
 * Such passwords double the work of their sender's attempts, which are counted before any hashing.
 */
function spellings(password: string): string[] {
  return [...new Set([normalizePassword(password), password])];
}

function compare(password: string, stored: string, recipe: Recipe): Promise<boolean> | false {
  if (recipe.scheme !== 'bcrypt') return argon2.verify(stored, password);
  // Threat: bcrypt repeats its key with a NUL in between, so that 'ab' and 'ab\0ab' match each other; in C
  // implementations, 'ab\0' matches with any continuation. No hash worth an import was made from a NUL.
  if (password.includes('\0')) return false;
  // A bcrypt hash covers the first 72 bytes, in every implementation. Cutting here keeps the package's $2a$ from
  // counting lengths modulo 256. The upgrade after a match ends the truncation. $2y$ is PHP's name for $2b$.
  return bcrypt.compare(Buffer.from(password).subarray(0, BCRYPT_MAX_BYTES), stored.replace(/^\$2y/, '$2b'));
}
