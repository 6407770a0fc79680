import { parse } from 'csv-parse/sync';
import type { ImportedAccount } from '../../application/administration/import_accounts.ts';
import type { FileRecord } from './records.ts';
import { type Decisions, howToDecide, isKeptOut, keepsOut, type Mapping, readTruth } from './exclusions.ts';

export type Format = 'csv' | 'jsonl';

/** A line of the file: an account, or the line's fault. A fault never quotes the line, which may contain a secret. */
export type ImportRow = { readonly line: number; readonly end: number } & (
  { readonly account: ImportedAccount } | { readonly fault: string }
);

/** The file is not a list of accounts, so no line is imported. */
export class BadFile extends Error {
  override readonly name = 'BadFile';
}

/** A fault of one line. */
class BadLine extends Error {}

/** The accepted names of columns and members, and their fields. */
const NAMES_OF: Readonly<Record<keyof ImportedAccount, readonly string[]>> = {
  username: ['username'],
  email: ['email'],
  fullName: ['fullName', 'full_name'],
  role: ['role'],
  disabled: ['disabled'],
  passwordHash: ['passwordHash', 'password_hash'],
};
const FIELDS = new Map(Object.entries(NAMES_OF).flatMap(([field, names]) => names.map((name) => [name, field])));
const REQUIRED = ['username', 'email', 'passwordHash'] as const;
/** Threat: plain passwords would be in memory, in backups and in every copy of the file. */
const PLAIN = /^(plain_?)?password$/i;
const NO_PASSWORDS =
  'passwords are not imported, only their hashes (passwordHash): export the hashes from the other system, or create ' +
  'the accounts with "users create --generate"';

export interface Reading extends Decisions {
  readonly format: Format;
  /** Called once for each ignored name. */
  readonly onIgnored: (name: string) => void;
}

/**
 * Reads the accounts of a file's records. Ignores names that are not fields of an account.
 * @throws BadFile if a CSV header is invalid, or if a name that may mark disabled accounts is neither mapped nor dropped
 */
export async function* readRows(
  records: AsyncIterable<FileRecord>,
  { format, onIgnored, mappings, dropped }: Reading,
): AsyncGenerator<ImportRow> {
  const known = createVocabulary({ mappings, dropped }, onIgnored);
  let toFields: ((text: string) => ImportFields) | undefined = format === 'jsonl' ? jsonFields(known) : undefined;
  let first = true;
  for await (const record of records) {
    const { line, end } = record;
    try {
      if ('fault' in record) throw new BadLine(record.fault);
      const text = decode(record.bytes, first);
      first = false;
      if (text.trim() === '') continue;
      if (toFields) yield { line, end, account: toAccount(toFields(text), mappings) };
      else {
        const header = cells(text).map((name) => name.trim());
        const missing = mappings.filter(({ column }) => !header.includes(column)).map(({ column }) => column);
        if (missing.length > 0) throw new BadLine(`the columns of --map are missing: ${missing.join(', ')}`);
        toFields = csvFields(header, known);
      }
    } catch (error) {
      if (!(error instanceof BadLine)) throw error;
      // Without a header, the following lines have no meaning.
      if (!toFields) throw new BadFile(`line ${line}, the header: ${error.message}`);
      if (error instanceof Undecided) throw new BadFile(`line ${line}: ${error.message}`);
      yield { line, end, fault: error.message };
    }
  }
  if (!toFields) throw new BadFile('The file is empty: a CSV file must begin with a header.');
}

/** Values by field name; values of mapped columns by {@link mappedKey}. */
type ImportFields = Record<string, unknown>;
/** Returns the field of each name of a line; undefined for an ignored name. */
type Vocabulary = (names: readonly string[]) => (string | undefined)[];

/** A name may mark disabled accounts, and is neither mapped nor dropped. */
class Undecided extends BadLine {}

const IGNORED_MOST = 100;

/** Returns a key that cannot be the name of a field. */
function mappedKey(column: string): string {
  return `=${column}`;
}

function createVocabulary({ mappings, dropped }: Decisions, onIgnored: (name: string) => void): Vocabulary {
  const ignored = new Set<string>();
  const isMapped = (name: string) => mappings.some(({ column }) => column === name);
  return (names) => {
    const undecided: string[] = [];
    const keys = names.map((name) => {
      if (PLAIN.test(name)) throw new BadLine(`${name}: ${NO_PASSWORDS}`);
      if (isMapped(name)) return mappedKey(name);
      if (dropped.includes(name)) return undefined;
      const field = FIELDS.get(name);
      if (field !== undefined) return field;
      if (keepsOut(name)) undecided.push(name);
      else if (!ignored.has(name) && ignored.size < IGNORED_MOST) {
        ignored.add(name);
        onIgnored(name);
      }
      return undefined;
    });
    if (undecided.length > 0) throw new Undecided(howToDecide(undecided));
    return keys;
  };
}

function csvFields(header: readonly string[], known: Vocabulary): (text: string) => ImportFields {
  const columns = known(header);
  const named = columns.filter((name) => name !== undefined);
  const twice = named.find((name, at) => named.indexOf(name) !== at);
  if (twice !== undefined) throw new BadLine(`${twice.replace('=', '')}: two columns have this name`);
  const missing = REQUIRED.filter((name) => !named.includes(name));
  if (missing.length > 0)
    throw new BadLine(`required columns are missing (separate them by commas): ${missing.join(', ')}`);
  return (text) => {
    const values = cells(text);
    if (values.length !== columns.length)
      throw new BadLine(`has ${values.length} columns instead of ${columns.length}`);
    return Object.fromEntries(columns.flatMap((name, at) => (name === undefined ? [] : [[name, values[at]]])));
  };
}

function cells(text: string): string[] {
  try {
    // One record: line ends inside it are quoted.
    return parse(text, { relax_column_count: true, record_delimiter: '\n' })[0] ?? [];
  } catch {
    // The parser's message quotes the line.
    throw new BadLine('is not valid CSV: put a field that contains quotes in quotes, and double the quotes in it');
  }
}

function jsonFields(known: Vocabulary): (text: string) => ImportFields {
  return (text) => {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw new BadLine('is not JSON');
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new BadLine('is not a JSON object');
    const members = [...leaves(value)];
    const keys = known(members.map(([name]) => name));
    const fields: ImportFields = {};
    for (const [at, [, member]] of members.entries()) {
      const field = keys[at];
      if (field === undefined) continue;
      if (Object.hasOwn(fields, field)) throw new BadLine(`${field}: occurs twice`);
      fields[field] = member;
    }
    return fields;
  };
}

/** Yields the members of an object; nested members have a joined name such as `account.locked`. */
function* leaves(value: object, path = ''): Generator<[string, unknown]> {
  for (const [name, member] of Object.entries(value) as [string, unknown][]) {
    const isBranch = typeof member === 'object' && member !== null && !Array.isArray(member);
    if (isBranch && Object.keys(member).length > 0) yield* leaves(member, `${path}${name}.`);
    else yield [`${path}${name}`, member];
  }
}

function toAccount(fields: ImportFields, mappings: readonly Mapping[]): ImportedAccount {
  const text = (name: keyof ImportedAccount): string => {
    const value = fields[name] ?? '';
    if (typeof value !== 'string') throw new BadLine(`${name}: must be text`);
    return value;
  };
  const missing = REQUIRED.filter((name) => text(name) === '');
  if (missing.length > 0) throw new BadLine(missing.map((name) => `${name}: is missing`).join('; '));
  return {
    username: text('username'),
    email: text('email'),
    fullName: text('fullName') || null,
    role: text('role') || 'user',
    disabled: isDisabled(fields, mappings),
    passwordHash: text('passwordHash'),
  };
}

/** Returns true if at least one column disables the account. */
function isDisabled(fields: ImportFields, mappings: readonly Mapping[]): boolean {
  const own = readTruth(fields['disabled']);
  if (own === null) throw new BadLine('disabled: must be true or false');
  const verdicts = mappings.map((mapping) => {
    const verdict = isKeptOut(mapping, fields[mappedKey(mapping.column)]);
    if (typeof verdict === 'string') throw new BadLine(`${mapping.column}: ${verdict}`);
    return verdict;
  });
  return own === true || verdicts.includes(true);
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(bytes: Buffer, first: boolean): string {
  try {
    const text = UTF8.decode(bytes);
    return first && text.startsWith('\ufeff') ? text.slice(1) : text;
  } catch {
    throw new BadLine('is not UTF-8');
  }
}
