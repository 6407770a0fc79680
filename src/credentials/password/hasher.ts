import { isDeepStrictEqual } from 'node:util';
import * as argon2 from 'argon2';
import * as bcrypt from 'bcrypt';
import { random } from '../../kernel/secret.ts';
import { capsAround, readRecipe, writeArgon2 } from './stored_hash.ts';
import type { Argon2Parameters, Argon2Recipe, Recipe } from './stored_hash.ts';
import type { Turn } from './hashing_queue.ts';

/**
 * The most UTF-8 bytes of a presented password that are looked at: what the longest spelling of 128 characters can take
 * (4 code points each, of 4 bytes). Threat: normalising is quadratic in a run of combining marks, so that a request of
 * 100 kB would hold the event loop for seconds.
 */
export const MAX_PRESENTED_BYTES = 2048;

/** Bcrypt reads no further. */
const BCRYPT_MAX_BYTES = 72;

/** What a verification found. `upgrade`: it matches, and now is the time to store `hash(password)` in its place. */
export type PasswordVerdict =
  { readonly matches: false; readonly upgrade: false } | { readonly matches: true; readonly upgrade: boolean };

const NO_MATCH: PasswordVerdict = { matches: false, upgrade: false };

/**
 * Strings in and plain data out, so that the work is done in a process of its own: see `hashing_pool.ts`. There `hash`
 * and `verify` also throw OVERLOADED, and wait for their turn among those of other networks and accounts.
 */
export interface Hasher {
  /**
   * An Argon2id hash with the current parameters, as a PHC string.
   * @throws TypeError for a password that could never be verified (see {@link isPresentable}): check the policy first
   */
  hash(password: string, turn?: Turn): Promise<string>;

  /**
   * Whether the password is the one that was hashed, and whether its hash is outdated (the tutorial's
   * `verify_and_update`). Never refuses for what it is given: a stored hash that is malformed or over the caps, and a
   * password that could not have been accepted, are no match, and cost what any wrong password costs.
   */
  verify(password: string, stored: string, turn?: Turn): Promise<PasswordVerdict>;

  /**
   * The hash of random bytes nobody knows, with the current parameters, to verify against when there is no such
   * account. Threat: without it an unknown name is answered at once and a known one after the hashing, so that names
   * are told apart by a stopwatch (OWASP Authentication Cheat Sheet, "Authentication and Error Messages").
   */
  decoy(): string;

  /** Whether a password would be hashed now. */
  standing(): Promise<HashingStanding>;
}

/** `full`: as many wait as may, and the next is refused. `away`: what hashes has ended, and is being replaced. */
export type HashingStanding = 'ready' | 'full' | 'away';

/**
 * Argon2id as RFC 9106 defines it, 16 bytes of salt and 32 of tag as the tutorial's library.
 * @throws where Argon2 does not take the parameters: at construction, never at the first login
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
        // Whatever is not one Argon2 verification at today's price costs the decoy's besides, at the same time: an
        // unusable hash, and one made cheaper than today's, would otherwise be answered sooner than an unknown name,
        // and tell every account that has not signed in since the parameters were raised. One made dearer does take
        // longer, until its next login.
        const [matches] = await Promise.all([
          recipe !== undefined && compare(spelling, stored, recipe),
          isCurrent || argon2.verify(decoy, spelling),
        ]);
        if (matches) return { matches, upgrade: !isCurrent || spelling !== normalizePassword(password) };
      }
      return NO_MATCH;
    },

    decoy: () => decoy,
    standing: async () => 'ready',
  };
}

/**
 * The one form in which a password is hashed and compared: NFKC, so that it is the same on every keyboard and system
 * (NIST SP 800-63B section 5.1.1.2).
 */
export function normalizePassword(password: string): string {
  return password.normalize('NFKC');
}

/**
 * Whether a password can match anything at all. Not empty; not absurdly long; and well-formed, because every lone
 * surrogate becomes the same U+FFFD in UTF-8, so that different strings would open one account.
 */
export function isPresentable(password: string): boolean {
  return password !== '' && Buffer.byteLength(password) <= MAX_PRESENTED_BYTES && password.isWellFormed();
}

/**
 * The spellings to try: normalised, and then as typed, which is what an imported hash may have been made from (the
 * tutorial's are). How many depends on the password alone, never on the account, so the time tells nothing; one who
 * sends such passwords doubles the work of his own attempts, which are counted before any hashing.
 */
function spellings(password: string): string[] {
  return [...new Set([normalizePassword(password), password])];
}

function compare(password: string, stored: string, recipe: Recipe): Promise<boolean> | false {
  if (recipe.scheme !== 'bcrypt') return argon2.verify(stored, password);
  // Bcrypt repeats its key with a NUL between: 'ab' and 'ab\0ab' would match one another, and for implementations in C
  // 'ab\0' and whatever follows. No hash worth importing was made from a NUL.
  if (password.includes('\0')) return false;
  // The hash holds no more than the first 72 bytes, as wherever it was made, and cutting here keeps the package's $2a$
  // from counting lengths modulo 256. The upgrade that follows a match ends the truncation. $2y$ is PHP's name for $2b$.
  return bcrypt.compare(Buffer.from(password).subarray(0, BCRYPT_MAX_BYTES), stored.replace(/^\$2y/, '$2b'));
}
