import { randomBytes } from 'node:crypto';

/**
 * Levels of arrays and objects that a text of others may have. What comes after it, `JSON.stringify` above all, descends
 * by recursion, and would end in an overflow of the stack.
 */
export const DEEPEST = 500;

/** A JSON text that nests deeper than `DEEPEST`. */
export class TooDeepError extends Error {
  constructor() {
    super(`JSON of more than ${DEEPEST} levels`);
  }
}

/** A number that a double cannot hold as it was written; `JSON.stringify` writes its text. */
export interface RawNumber {
  readonly rawJSON: string;
}

/** The part of ECMAScript that TypeScript does not know yet. */
const { rawJSON, isRawJSON } = JSON as unknown as {
  rawJSON(text: string): RawNumber;
  isRawJSON(value: unknown): boolean;
};

export function isRawNumber(value: unknown): value is RawNumber {
  return isRawJSON(value);
}

/** A number by its text: of JavaScript where that writes it the same, or else its text. */
export function exactNumber(text: string): number | RawNumber {
  const number = Number(text);
  return String(number) === text ? number : rawJSON(text);
}

/** In front of a number's text on its way through `JSON.parse`. No text of others begins so: it cannot be guessed. */
const MARK = randomBytes(16).toString('base64url');

const QUOTE = 34;
const BACKSLASH = 92;
const COLON = 58;
const MINUS = 45;
/** What continues a number that is no integer: `.`, `e`, `E`. */
const FURTHER = new Set([46, 101, 69]);
/** All integers of so many digits and fewer are exact. */
const MOST_EXACT_DIGITS = 15;

const isDigit = (code: number): boolean => code >= 48 && code <= 57;

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const SPACE = /[ \t\n\r]*/y;

/** The same text, its inexact numbers as marked strings. Throws TooDeepError. Whether it is JSON at all it does not say. */
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

/** Where the quote is that ends a string; the end of the text where there is none. */
function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let before = at - 1;
    while (text.charCodeAt(before) === BACKSLASH) before -= 1;
    if ((at - before) % 2 === 1) return at;
  }
  return text.length;
}

/** A sign alone is left to `JSON.parse`. */
function endOfNumber(text: string, start: number): number {
  // Most numbers are short integers, and need no more.
  let at = start;
  while (isDigit(text.charCodeAt(at))) at += 1;
  if (at > start && at - start < MOST_EXACT_DIGITS && !FURTHER.has(text.charCodeAt(at))) return at;
  NUMBER.lastIndex = start;
  return NUMBER.test(text) ? NUMBER.lastIndex : start + 1;
}

/** A number in place of a name is no JSON, and must not become some. */
function isName(text: string, end: number): boolean {
  SPACE.lastIndex = end;
  SPACE.test(text);
  return text.charCodeAt(SPACE.lastIndex) === COLON;
}

/**
 * Parses JSON of others, with every number as exact as it was written (`RawNumber`).
 * @throws TooDeepError, and SyntaxError for what is no JSON
 */
export function parseExact(text: string): unknown {
  const source = marked(text);
  const root: { value: unknown } = { value: JSON.parse(source) };
  if (source !== text) restore(root);
  return root.value;
}

/**
 * Parses JSON that is merged into other objects, as {@link parseExact} does.
 * @throws SyntaxError also for an object with a member `__proto__`, by which merging reaches what all objects inherit
 */
export function parseMergeable(text: string): unknown {
  const value = parseExact(text);
  // Escaped, the name is spelt in other letters: any one of them is enough to look.
  if (text.includes('__proto__') || text.includes('\\u00')) refusePrototypes({ value });
  return value;
}

type Members = Record<string, unknown>;

/** Every object and array in a value. Without recursion: a text of others may nest deep. */
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
      // Set by its name, a member `__proto__` would become what the object inherits.
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
 * A copy of JSON that shares nothing that can change; `structuredClone` does not know a `RawNumber`. What is of a class
 * stays the same object.
 */
export function copyOf<T>(value: T): T {
  if (typeof value !== 'object' || value === null || isRawNumber(value)) return value;
  if (Array.isArray(value)) return value.map(copyOf) as T;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, copyOf(one as unknown)])) as T;
}
