import { parse } from 'csv-parse/sync';
import type { ImportedAccount } from '../../signin/import_accounts.ts';
import type { FileRecord } from './records.ts';

export type Format = 'csv' | 'jsonl';

/** A line of the file: an account, or what is wrong with the line. Never what stands in it, which may be a secret. */
export type Row = { readonly line: number; readonly end: number } & (
  { readonly account: ImportedAccount } | { readonly fault: string }
);

/** The file as a whole is no list of accounts: nothing of it is imported. */
export class BadFile extends Error {
  override readonly name = 'BadFile';
}

/** Something is wrong with one line. */
class BadLine extends Error {}

/** What a column or a member may be called, and what it is then. */
const NAMES: Readonly<Record<string, keyof ImportedAccount>> = {
  username: 'username',
  email: 'email',
  fullName: 'fullName',
  full_name: 'fullName',
  role: 'role',
  disabled: 'disabled',
  passwordHash: 'passwordHash',
  password_hash: 'passwordHash',
};
const REQUIRED = ['username', 'email', 'passwordHash'] as const;
/** Threat: what it holds would be in our memory, our backups and whatever else sees the file. */
const PLAIN = /^(plain_?)?password$/i;
const NO_PASSWORDS =
  'passwords are not imported, only their hashes, as passwordHash: have the other system export those, or create the ' +
  'accounts with "users create --generate"';

/**
 * The accounts of a file's records. What is called otherwise than an account's fields is ignored.
 * @param onIgnored told of each such name, once
 * Throws BadFile where a CSV's header is none.
 */
export async function* readRows(
  records: AsyncIterable<FileRecord>,
  format: Format,
  onIgnored: (name: string) => void,
): AsyncGenerator<Row> {
  const known = createVocabulary(onIgnored);
  let toFields: ((text: string) => Fields) | undefined = format === 'jsonl' ? jsonFields(known) : undefined;
  let first = true;
  for await (const record of records) {
    const { line, end } = record;
    try {
      if ('fault' in record) throw new BadLine(record.fault);
      const text = decode(record.bytes, first);
      first = false;
      if (text.trim() === '') continue;
      if (toFields) yield { line, end, account: toAccount(toFields(text)) };
      else toFields = csvFields(cells(text), known);
    } catch (error) {
      if (!(error instanceof BadLine)) throw error;
      // Without a header nothing that follows has a meaning.
      if (!toFields) throw new BadFile(`line ${line}, the header: ${error.message}`);
      yield { line, end, fault: error.message };
    }
  }
  if (!toFields) throw new BadFile('The file is empty: CSV begins with a header.');
}

type Fields = Partial<Record<keyof ImportedAccount, unknown>>;
type Vocabulary = (name: string) => keyof ImportedAccount | undefined;

const IGNORED_MOST = 100;

function createVocabulary(onIgnored: (name: string) => void): Vocabulary {
  const ignored = new Set<string>();
  return (name) => {
    if (PLAIN.test(name)) throw new BadLine(`${name}: ${NO_PASSWORDS}`);
    if (Object.hasOwn(NAMES, name)) return NAMES[name];
    if (!ignored.has(name) && ignored.size < IGNORED_MOST) {
      ignored.add(name);
      onIgnored(name);
    }
    return undefined;
  };
}

function csvFields(header: readonly string[], known: Vocabulary): (text: string) => Fields {
  const columns = header.map((name) => known(name.trim()));
  const named = columns.filter((name) => name !== undefined);
  const twice = named.find((name, at) => named.indexOf(name) !== at);
  if (twice !== undefined) throw new BadLine(`${twice}: there are two columns of that name`);
  const missing = REQUIRED.filter((name) => !named.includes(name));
  if (missing.length > 0) throw new BadLine(`no column, separated by commas, is called ${missing.join(', ')}`);
  return (text) => {
    const values = cells(text);
    if (values.length !== columns.length) throw new BadLine(`has ${values.length} columns of ${columns.length}`);
    return Object.fromEntries(columns.flatMap((name, at) => (name === undefined ? [] : [[name, values[at]]])));
  };
}

function cells(text: string): string[] {
  try {
    // One record: the line ends that are left in it are within quotes.
    return parse(text, { relax_column_count: true, record_delimiter: '\n' })[0] ?? [];
  } catch {
    // Its message quotes the line.
    throw new BadLine('is not CSV: a field with a quote in it is quoted itself, and its quotes are doubled');
  }
}

function jsonFields(known: Vocabulary): (text: string) => Fields {
  return (text) => {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw new BadLine('is not JSON');
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new BadLine('is not a JSON object');
    const fields: Fields = {};
    for (const [name, member] of Object.entries(value)) {
      const field = known(name);
      if (field === undefined) continue;
      if (Object.hasOwn(fields, field)) throw new BadLine(`${field}: is there twice`);
      fields[field] = member;
    }
    return fields;
  };
}

function toAccount(fields: Fields): ImportedAccount {
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
    disabled: flag(fields.disabled),
    passwordHash: text('passwordHash'),
  };
}

function flag(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  if (value == null || value === '') return false;
  if (typeof value === 'string' && /^(true|false)$/i.test(value)) return /^true$/i.test(value);
  throw new BadLine('disabled: must be true or false');
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
