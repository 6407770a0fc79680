/** The price of an Argon2 hash. */
export interface Argon2Parameters {
  readonly memoryKib: number;
  /** Passes over the memory. */
  readonly timeCost: number;
  readonly parallelism: number;
}

/** How a stored Argon2 hash was made: everything but its salt and tag. Two equal recipes cost the same. */
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
  /** KiB times passes, which is what the processor pays. */
  readonly work: number;
  readonly bcryptCost: number;
}

/**
 * What a stored hash may ask for. A hostile one, in an import or through a write to the database, would otherwise name
 * its own price: `m=4294967295` is four terabytes, bcrypt's cost 31 is days. Room is left for libsodium's MODERATE
 * (256 MiB, 3 passes) and all that is lighter, and for four times our own parameters, so that an operator who lowers
 * them to a quarter locks nobody out. At these caps one verification takes about two seconds of one core.
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

// Three parameters of one letter each, all three letters found: no duplicates, whatever the order. The reference
// implementation writes m,t,p and the npm package argon2 m,p,t. `\d` is ASCII alone, and ten digits stay exact.
const ARGON2 = new RegExp(
  [
    '^\\$(?<scheme>argon2(?:d|i|id))',
    '\\$v=(?<version>16|19)',
    '\\$(?=[^$]*\\bm=(?<m>[1-9]\\d{0,9})\\b)(?=[^$]*\\bt=(?<t>[1-9]\\d{0,9})\\b)(?=[^$]*\\bp=(?<p>[1-9]\\d{0,9})\\b)',
    '[mtp]=\\d+,[mtp]=\\d+,[mtp]=\\d+',
    // Salts of 8 to 64 bytes (RFC 9106 asks for 8), tags of 16 to 64: a tag of four bytes is matched by guessing.
    '\\$(?<salt>[A-Za-z0-9+/]{11,86})',
    '\\$(?<tag>[A-Za-z0-9+/]{22,86})$',
  ].join(''),
);
type Argon2Field = 'scheme' | 'version' | 'm' | 't' | 'p' | 'salt' | 'tag';

// $2x$ marks hashes of an implementation that mangled every byte over 127, and is not accepted.
const BCRYPT = /^\$2[aby]\$(?<cost>\d\d)\$[./A-Za-z0-9]{53}$/;

/**
 * Reads the recipe out of a stored hash (Argon2 as a PHC string, or bcrypt), without computing or allocating anything.
 * @returns undefined where it is malformed, or asks for more than `caps` allow or less than the algorithm takes
 */
export function readRecipe(stored: string, caps: Caps): Recipe | undefined {
  const recipe = parse(stored);
  return recipe !== undefined && isWithin(caps, recipe) ? recipe : undefined;
}

/** A wrong password for bcrypt of a higher cost is answered noticeably later than for an unknown name: docs/timing.md. */
const CHEAP_BCRYPT = 11;

/** Whether verifying a stored hash takes so much longer than one of ours that a failed login tells of it. */
export function isDearer(stored: string, current: Argon2Parameters): boolean {
  const recipe = parse(stored);
  if (recipe === undefined) return false;
  if (recipe.scheme === 'bcrypt') return recipe.cost > CHEAP_BCRYPT;
  return recipe.memoryKib * recipe.timeCost > current.memoryKib * current.timeCost;
}

/** A PHC string in the reference order m,t,p: argon2-cffi, the tutorial's library, decodes no other. */
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

/** Base64 without padding, as PHC strings carry it. */
function base64(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '');
}

function isBase64Length(text: string): boolean {
  return text.length % 4 !== 1;
}

function byteLength(unpadded: string): number {
  return Math.floor((unpadded.length * 3) / 4);
}
