/** The cost of an Argon2 hash. */
export interface Argon2Parameters {
  readonly memoryKib: number;
  /** Passes over the memory. */
  readonly timeCost: number;
  readonly parallelism: number;
}

/** The parameters of a stored Argon2 hash, without salt and tag. Equal recipes have equal costs. */
export interface Argon2Recipe extends Argon2Parameters {
  readonly scheme: 'argon2d' | 'argon2i' | 'argon2id';
  readonly version: 16 | 19;
  readonly saltBytes: number;
  readonly tagBytes: number;
}

export interface BcryptRecipe {
  readonly scheme: 'bcrypt';
  /** Binary logarithm of the rounds. */
  readonly cost: number;
}

export type Recipe = Argon2Recipe | BcryptRecipe;

/** The most that verifying one stored hash may cost. */
export interface Caps extends Argon2Parameters {
  /** KiB times passes, the cost in processor time. */
  readonly work: number;
  readonly bcryptCost: number;
}

/**
 * Returns the limits of a stored hash. Threat: a hostile hash, from an import or a write to the database, would choose
 * its own cost: `m=4294967295` is four terabytes, bcrypt's cost 31 takes days. The caps allow libsodium's MODERATE (256
 * MiB, 3 passes) and all lighter settings, and four times the current parameters, so that an operator who lowers them
 * to a quarter locks no user out. At these caps, one verification takes about two seconds of one core.
 */
export function capsAround(current: Argon2Parameters): Caps {
  return {
    memoryKib: Math.max(256 * 1024, 4 * current.memoryKib),
    timeCost: Math.max(256, 4 * current.timeCost),
    parallelism: Math.max(16, 4 * current.parallelism),
    work: Math.max(1024 * 1024, 4 * current.memoryKib * current.timeCost),
    bcryptCost: 15,
  };
}

// Three parameters of one letter each, and all three letters must be present: so there are no duplicates, in any order.
// The reference implementation writes m,t,p and the npm package argon2 m,p,t. `\d` matches only ASCII, and ten digits
// stay exact.
const ARGON2 = new RegExp(
  [
    '^\\$(?<scheme>argon2(?:d|i|id))',
    '\\$v=(?<version>16|19)',
    '\\$(?=[^$]*\\bm=(?<m>[1-9]\\d{0,9})\\b)(?=[^$]*\\bt=(?<t>[1-9]\\d{0,9})\\b)(?=[^$]*\\bp=(?<p>[1-9]\\d{0,9})\\b)',
    '[mtp]=\\d+,[mtp]=\\d+,[mtp]=\\d+',
    // Salts of 8 to 64 bytes (RFC 9106 requires 8), tags of 16 to 64. Threat: a tag of four bytes can be guessed.
    '\\$(?<salt>[A-Za-z0-9+/]{11,86})',
    '\\$(?<tag>[A-Za-z0-9+/]{22,86})$',
  ].join(''),
);
type Argon2Field = 'scheme' | 'version' | 'm' | 't' | 'p' | 'salt' | 'tag';

// Hashes with $2x$ are not accepted: their implementation corrupted every byte over 127.
const BCRYPT = /^\$2[aby]\$(?<cost>\d\d)\$[./A-Za-z0-9]{53}$/;

/**
 * Reads the recipe of a stored hash (Argon2 as a PHC string, or bcrypt), without computing or allocating anything.
 * @returns undefined if it is malformed, exceeds `caps`, or is below the algorithm's minimum
 */
export function readRecipe(stored: string, caps: Caps): Recipe | undefined {
  const recipe = parse(stored);
  return recipe !== undefined && isWithin(caps, recipe) ? recipe : undefined;
}

/**
 * The highest bcrypt cost without a visible delay. Above it, a wrong password takes noticeably longer than an unknown
 * name: docs/timing.md.
 */
const CHEAP_BCRYPT = 11;

/**
 * Returns whether a stored hash takes so much longer to verify than a current one that a failed login reveals the
 * account.
 */
export function isDearer(stored: string, current: Argon2Parameters): boolean {
  const recipe = parse(stored);
  if (recipe === undefined) return false;
  if (recipe.scheme === 'bcrypt') return recipe.cost > CHEAP_BCRYPT;
  return recipe.memoryKib * recipe.timeCost > current.memoryKib * current.timeCost;
}

/** Returns a PHC string in the reference order m,t,p; argon2-cffi, the tutorial's library, decodes only that. */
export function writeArgon2(recipe: Argon2Recipe, salt: Buffer, tag: Buffer): string {
  const { scheme, version, memoryKib, timeCost, parallelism } = recipe;
  return `$${scheme}$v=${version}$m=${memoryKib},t=${timeCost},p=${parallelism}$${base64(salt)}$${base64(tag)}`;
}

function parse(stored: string): Recipe | undefined {
  const bcrypt = BCRYPT.exec(stored)?.groups;
  if (bcrypt) return { scheme: 'bcrypt', cost: Number(bcrypt['cost']) };

  const argon2 = ARGON2.exec(stored)?.groups as Record<Argon2Field, string> | undefined;
  if (!argon2 || !isBase64Length(argon2.salt) || !isBase64Length(argon2.tag)) return undefined;
  return {
    scheme: argon2.scheme as Argon2Recipe['scheme'],
    version: Number(argon2.version) as Argon2Recipe['version'],
    memoryKib: Number(argon2.m),
    timeCost: Number(argon2.t),
    parallelism: Number(argon2.p),
    saltBytes: byteLength(argon2.salt),
    tagBytes: byteLength(argon2.tag),
  };
}

function isWithin(caps: Caps, recipe: Recipe): boolean {
  if (recipe.scheme === 'bcrypt') return recipe.cost >= 4 && recipe.cost <= caps.bcryptCost;
  const { memoryKib, timeCost, parallelism } = recipe;
  return (
    memoryKib >= 8 * parallelism && // RFC 9106 section 3.1
    memoryKib <= caps.memoryKib &&
    timeCost <= caps.timeCost &&
    parallelism <= caps.parallelism &&
    memoryKib * timeCost <= caps.work
  );
}

/** Returns base64 without padding, as in PHC strings. */
function base64(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '');
}

function isBase64Length(text: string): boolean {
  return text.length % 4 !== 1;
}

function byteLength(unpadded: string): number {
  return Math.floor((unpadded.length * 3) / 4);
}
