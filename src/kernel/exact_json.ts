import { randomBytes } from 'node:crypto';

/**
 * The most levels of arrays and objects in a foreign JSON text. Threat: later steps such as `JSON.stringify` descend by
 * recursion, and a deeper text would overflow the stack.
 */
export const DEEPEST = 500;

/** Thrown for a JSON text that nests deeper than {@link DEEPEST}. */
export class TooDeepError extends Error {
  constructor() {
    super(`JSON of more than ${DEEPEST} levels`);
  }
}

/** A number that a double cannot hold as it was written, such as `1.10`. `JSON.stringify` writes its original text. */
export interface RawNumber {
  readonly rawJSON: string;
}

/** Part of ECMAScript that TypeScript does not declare yet. */
const { rawJSON, isRawJSON } = JSON as unknown as {
  rawJSON(text: string): RawNumber;
  isRawJSON(value: unknown): boolean;
};

/** Returns whether a value is a {@link RawNumber}. */
export function isRawNumber(value: unknown): value is RawNumber {
  return isRawJSON(value);
}

/** Returns a number if JavaScript writes it with the same text, and otherwise its text as a {@link RawNumber}. */
export function exactNumber(text: string): number | RawNumber {
  const number = Number(text);
  return String(number) === text ? number : rawJSON(text);
}

/**
 * Marks a number's text on its way through `JSON.parse`. Threat: a foreign string with the same start would become a
 * number; the mark is random, so it cannot be guessed.
 */
const MARK = randomBytes(16).toString('base64url');

const QUOTE = 34;
const BACKSLASH = 92;
const COLON = 58;
const MINUS = 45;
/** Characters after the digits of a number that is not an integer: `.`, `e`, `E`. */
const FURTHER = new Set([46, 101, 69]);
/** Every integer of at most this many digits is exact as a double. */
const MOST_EXACT_DIGITS = 15;

const isDigit = (code: number): boolean => code >= 48 && code <= 57;

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const SPACE = /[ \t\n\r]*/y;

/**
 * Returns the text with its inexact numbers as marked strings. It does not check that the text is JSON.
 * @throws TooDeepError
 */
function marked(text: string): string {
  let result = '';
  let copied = 0;
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at);
    } else if (code === 91 || code === 123) {
      depth += 1;
      if (depth > DEEPEST) throw new TooDeepError();
    } else if (code === 93 || code === 125) {
      depth -= 1;
    } else if (code === MINUS || isDigit(code)) {
      const end = endOfNumber(text, at);
      const number = text.slice(at, end);
      if (String(Number(number)) !== number && !isName(text, end)) {
        result += `${text.slice(copied, at)}"${MARK}${number}"`;
        copied = end;
      }
      at = end - 1;
    }
  }
  return copied === 0 ? text : result + text.slice(copied);
}

/** Returns the index of the quote that ends a string, or the length of the text if no quote does. */
function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let before = at - 1;
    while (text.charCodeAt(before) === BACKSLASH) before -= 1;
    if ((at - before) % 2 === 1) return at;
  }
  return text.length;
}

/** Returns the index after a number. A sign without digits is left for `JSON.parse` to refuse. */
function endOfNumber(text: string, start: number): number {
  // Most numbers are short integers; this loop is enough for them.
  let at = start;
  while (isDigit(text.charCodeAt(at))) at += 1;
  if (at > start && at - start < MOST_EXACT_DIGITS && !FURTHER.has(text.charCodeAt(at))) return at;
  NUMBER.lastIndex = start;
  return NUMBER.test(text) ? NUMBER.lastIndex : start + 1;
}

/**
 * Returns whether the number at `end` stands in place of a member's name. Marking it would turn invalid JSON into valid
 * JSON.
 */
function isName(text: string, end: number): boolean {
  SPACE.lastIndex = end;
  SPACE.test(text);
  return text.charCodeAt(SPACE.lastIndex) === COLON;
}

/**
 * Parses a foreign JSON text and keeps every number as exact as it was written ({@link RawNumber}).
 * @throws TooDeepError; SyntaxError if the text is not JSON
 */
export function parseExact(text: string): unknown {
  const source = marked(text);
  const root: { value: unknown } = { value: JSON.parse(source) };
  if (source !== text) restore(root);
  return root.value;
}

/**
 * Parses JSON that will be merged into other objects, as {@link parseExact} does.
 * @throws SyntaxError also for a member `__proto__`. Threat: merging it would change the prototype of all objects
 */
export function parseMergeable(text: string): unknown {
  const value = parseExact(text);
  // An escaped spelling of the name has to escape at least one of its letters, and each escape begins with `\u00`.
  if (text.includes('__proto__') || text.includes('\\u00')) refusePrototypes({ value });
  return value;
}

type Members = Record<string, unknown>;

/** Yields every object and array in a value. Iterative, because a foreign text may nest deep. */
function* holdersIn(root: Members): Generator<Members> {
  const left = [root];
  for (let holder = left.pop(); holder; holder = left.pop()) {
    yield holder;
    for (const key in holder) {
      const value = holder[key];
      if (typeof value === 'object' && value !== null && !isRawNumber(value)) left.push(value as Members);
    }
  }
}

function restore(root: Members): void {
  for (const holder of holdersIn(root)) {
    for (const key in holder) {
      const value = holder[key];
      if (typeof value !== 'string' || !value.startsWith(MARK)) continue;
      // An assignment to a member `__proto__` would replace the object's prototype.
      Object.defineProperty(holder, key, { value: rawJSON(value.slice(MARK.length)) });
    }
  }
}

function refusePrototypes(root: Members): void {
  for (const holder of holdersIn(root)) {
    if (Object.hasOwn(holder, '__proto__')) throw new SyntaxError('A name that no member may have');
  }
}

/**
 * Returns a deep copy of a JSON value. `structuredClone` cannot copy a {@link RawNumber}. Class instances are not
 * copied.
 */
export function copyOf<T>(value: T): T {
  if (typeof value !== 'object' || value === null || isRawNumber(value)) return value;
  if (Array.isArray(value)) return value.map(copyOf) as T;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, copyOf(one as unknown)])) as T;
}
