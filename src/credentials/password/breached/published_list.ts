/** A source of the published list: its lines, and the digits that each of them lacks. */
export interface ListPart {
  /** The name for faults. */
  readonly name: string;
  /** The five hex digits of a range file, which its lines lack; empty for a whole list. */
  readonly prefix: string;
  readonly chunks: AsyncIterable<Buffer>;
}

/** An entry of the list. */
export interface ListEntry {
  /** The SHA-1 digest. The buffer is used again for the next entry. */
  readonly sha1: Buffer;
  /** How often the password was seen in breaches. */
  readonly count: number;
}

const SHA1_DIGITS = 40;
/** The digits, the colon, a count and the end of the line; a longer line is of another format. */
const LONGEST_LINE = SHA1_DIGITS + 20;
const [NEWLINE, RETURN, COLON, ZERO] = [0x0a, 0x0d, 0x3a, 0x30];
const NO_DIGIT = 255;

/** The values of hex digits by their character codes. */
const HEX = new Uint8Array(256).fill(NO_DIGIT);
for (const [value, digits] of [...'0123456789abcdef'].entries()) {
  HEX[digits.charCodeAt(0)] = value;
  HEX[digits.toUpperCase().charCodeAt(0)] = value;
}

/** Reads the bytes of one source. */
export interface ListReader {
  /** Returns the entries that these bytes complete. @throws Error that names a line of another format */
  read(bytes: Buffer): Iterable<ListEntry>;
  /** Returns the entry of a last line without an end. @throws as `read` */
  end(): Iterable<ListEntry>;
}

/**
 * Creates the reader of a list (`SHA1:COUNT`) or of a range file (`SUFFIX:COUNT`). It works on bytes and waits for
 * nothing between two lines, because the list has more than a thousand million of them.
 */
export function createListReader({ name, prefix }: Pick<ListPart, 'name' | 'prefix'>): ListReader {
  const entry = { sha1: Buffer.alloc(SHA1_DIGITS / 2), count: 0 };
  const digits = new Uint8Array(SHA1_DIGITS);
  [...prefix].forEach((digit, at) => (digits[at] = HEX[digit.charCodeAt(0)]!));
  let rest: Buffer = Buffer.alloc(0);
  let number = 0;

  const malformed = () => new Error(`${name}, line ${number}: is not ${prefix === '' ? 'SHA1' : 'SUFFIX'}:COUNT`);

  /** Returns whether a line is empty; otherwise it is the new state of `entry`. */
  function isEmpty(bytes: Buffer, from: number, lineEnd: number): boolean {
    number += 1;
    const end = lineEnd > from && bytes[lineEnd - 1] === RETURN ? lineEnd - 1 : lineEnd;
    if (end === from) return true;
    if (end - from > LONGEST_LINE) throw malformed();
    let at = from;
    for (let place = prefix.length; place < SHA1_DIGITS; place += 1, at += 1) {
      const value = at < end ? HEX[bytes[at]!]! : NO_DIGIT;
      if (value === NO_DIGIT) throw malformed();
      digits[place] = value;
    }
    if (bytes[at] !== COLON || at + 1 >= end) throw malformed();
    entry.count = 0;
    for (at += 1; at < end; at += 1) {
      const value = bytes[at]! - ZERO;
      if (value < 0 || value > 9) throw malformed();
      entry.count = entry.count * 10 + value;
    }
    for (let byte = 0; byte < entry.sha1.length; byte += 1) {
      entry.sha1[byte] = (digits[byte * 2]! << 4) | digits[byte * 2 + 1]!;
    }
    return false;
  }

  return {
    *read(chunk) {
      const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
      let from = 0;
      for (let to = bytes.indexOf(NEWLINE); to !== -1; to = bytes.indexOf(NEWLINE, from)) {
        if (!isEmpty(bytes, from, to)) yield entry;
        from = to + 1;
      }
      rest = bytes.subarray(from);
      // Threat: a file without ends of lines would be gathered in memory.
      if (rest.length > LONGEST_LINE) {
        number += 1;
        throw malformed();
      }
    },
    *end() {
      if (rest.length > 0 && !isEmpty(rest, 0, rest.length)) yield entry;
    },
  };
}
