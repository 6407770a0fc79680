/** One record of a file: the bytes between two line ends, or the fault of the record. */
export type FileRecord = { readonly line: number } & ({ readonly bytes: Buffer } | { readonly fault: string }) & {
    /** The offset of its end in the file, in bytes. */
    readonly end: number;
  };

/** Many times the size of an account. Threat: one endless line, or one open quote, would fill the memory. */
export const LONGEST_RECORD = 64 * 1024;

const [LF, QUOTE, COMMA, CR] = [0x0a, 0x22, 0x2c, 0x0d];
const OPEN = -1;
const OPEN_QUOTE = -2;
const MALFORMED = -3;

const TOO_LONG = `is longer than ${LONGEST_RECORD / 1024} KiB`;
const BAD_QUOTE = 'has an unclosed quote, or text after a closing quote';

/**
 * Splits a file into records with the number of their first line. A faulty record costs only its line; reading continues
 * with the next. Needs memory for one record and one chunk.
 * @param quotes true if a quoted line end is part of the record, as in CSV (RFC 4180)
 */
export async function* readRecords(source: AsyncIterable<Buffer>, quotes: boolean): AsyncGenerator<FileRecord> {
  const cut = createCutter(quotes);
  for await (const chunk of source) yield* cut(chunk, false);
  yield* cut(Buffer.alloc(0), true);
}

function createCutter(quotes: boolean) {
  const endOf = quotes ? endOfCsvRecord : endOfLine;
  let rest = Buffer.alloc(0);
  let line = 1;
  let passed = 0;
  let skipping = false;

  return function* cut(chunk: Buffer, last: boolean): Generator<FileRecord> {
    rest = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    let at = 0;
    const go = (to: number) => {
      line += linesIn(rest, at, to);
      at = to;
    };
    while (at < rest.length) {
      const newline = rest.indexOf(LF, at);
      if (skipping) {
        skipping = newline < 0;
        go(newline < 0 ? rest.length : newline + 1);
        continue;
      }
      const end = endOf(rest, at);
      const isOver = end >= 0 || (last && end === OPEN);
      const stop = end >= 0 ? end : rest.length;
      if (!isOver && !last && end !== MALFORMED && rest.length - at <= LONGEST_RECORD) break;
      const start = line;
      if (isOver && stop - at <= LONGEST_RECORD) {
        const bytes = rest.subarray(at, rest[stop - 1] === CR && stop > at ? stop - 1 : stop);
        go(Math.min(stop + 1, rest.length));
        yield { line: start, bytes, end: passed + at };
        continue;
      }
      const fault = end === MALFORMED || end === OPEN_QUOTE ? BAD_QUOTE : TOO_LONG;
      skipping = newline < 0;
      go(newline < 0 ? rest.length : newline + 1);
      yield { line: start, fault, end: passed + at };
    }
    passed += at;
    rest = rest.subarray(at);
  };
}

function endOfLine(bytes: Buffer, from: number): number {
  return bytes.indexOf(LF, from);
}

/** Returns the end of the record that begins at `from`, OPEN or OPEN_QUOTE if its end is missing, or MALFORMED. */
function endOfCsvRecord(bytes: Buffer, from: number): number {
  let state: 'begins' | 'plain' | 'quoted' | 'closed' = 'begins';
  for (let at = from; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (state === 'quoted') {
      if (byte === QUOTE) state = 'closed';
    } else if (byte === LF) return at;
    else if (byte === COMMA) state = 'begins';
    else if (state === 'begins') state = byte === QUOTE ? 'quoted' : 'plain';
    else if (state === 'closed') {
      // Two quotes stand for one quote.
      if (byte === QUOTE) state = 'quoted';
      else if (byte !== CR) return MALFORMED;
    }
  }
  return state === 'quoted' ? OPEN_QUOTE : OPEN;
}

function linesIn(bytes: Buffer, from: number, to: number): number {
  let lines = 0;
  for (let at = bytes.indexOf(LF, from); at >= 0 && at < to; at = bytes.indexOf(LF, at + 1)) lines += 1;
  return lines;
}
