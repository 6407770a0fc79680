import { InvalidArgumentError } from 'commander';

/** The operator's mapping of a column that marks disabled accounts in the other system. */
export interface Mapping {
  readonly column: string;
  /** The meaning of a true value. */
  readonly says: 'disabled' | 'enabled';
  /** The values of enabled accounts, in lower case; every other value disables the account. */
  readonly values?: readonly string[];
}

/** The operator's decisions about the columns of a file. */
export interface Decisions {
  readonly mappings: readonly Mapping[];
  readonly dropped: readonly string[];
}

/** Parts of column names that mark disabled accounts, anywhere in a name. */
const STEMS =
  /disab|enabl|inactiv|deactiv|activat|block|banned|lock|suspend|delet|archiv|revok|expir|terminat|forbid|frozen|freez|approv|verif|confirm|quarantin|restrict|status|allow|permit|valid|den(y|ied)|barred|blacklist|canlogin|nologin|paus|dormant|trash|retired|accountcontrol|onhold/;
/** Whole words with the same meaning, because other words contain them. */
const WORDS = new Set([
  'active',
  'isactive',
  'ban',
  'bans',
  'bannedat',
  'isbanned',
  'closed',
  'state',
  'removed',
  'hold',
  'flagged',
  'stopped',
  'left',
]);

/**
 * Returns true if a column's name suggests that it marks disabled accounts. Threat: ignoring such a column would enable
 * every account that the other system had banned. A false match costs the operator one `--drop`.
 */
export function keepsOut(name: string): boolean {
  const words = name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z\d]+/);
  return STEMS.test(words.join('')) || words.some((word) => WORDS.has(word));
}

/** Returns the options of an operator for undecided columns. */
export function howToDecide(columns: readonly string[]): string {
  const [first] = columns;
  return (
    `${columns.join(', ')}: may mark disabled accounts. Set the meaning of each: --map ${first}=disabled (true or a date ` +
    `disables the account), --map ${first}=enabled (false disables it), --map ${first}=enabled:VALUE,VALUE (other ` +
    `values disable it), or --drop ${first} (ignored)`
  );
}

/** Reads `--map`, which may be repeated. */
export function readMapping(text: string, before: readonly Mapping[] = []): readonly Mapping[] {
  const { column, says, values } =
    /^(?<column>[^=]+)=(?<says>disabled|enabled)(?::(?<values>.+))?$/s.exec(text)?.groups ?? {};
  if (column === undefined || (says === 'disabled' && values !== undefined)) {
    throw new InvalidArgumentError('It must be COLUMN=disabled, COLUMN=enabled or COLUMN=enabled:VALUE,VALUE.');
  }
  const listed = values?.split(',').map((value) => value.trim().toLowerCase());
  const mapping = { column: column.trim(), says: says as Mapping['says'] };
  return [...before, listed ? { ...mapping, values: listed } : mapping];
}

/** Reads `--drop`, which may be repeated. */
export function readDropped(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text.trim()];
}

const TRUE = /^(true|t|yes|y|1)$/i;
const FALSE = /^(false|f|no|n|0)$/i;
/** The time since which the value is true: ISO 8601, or seconds or milliseconds since 1970. */
const MOMENT = /^((?!0000)\d{4}-\d\d-\d\d([ T].*)?|\d{9,13})$/;

/** Reads a boolean as databases export it. Returns undefined for an empty value, null for an invalid one. */
export function readTruth(value: unknown): boolean | undefined | null {
  if (typeof value === 'boolean') return value;
  if (value == null || value === '') return undefined;
  const text = typeof value === 'number' || typeof value === 'string' ? `${value}`.trim() : 'none';
  return TRUE.test(text) || MOMENT.test(text) ? true : FALSE.test(text) ? false : null;
}

/** Returns true if a mapped value disables its account, or a text with the fault of the value, which it does not quote. */
export function isKeptOut({ says, values }: Mapping, value: unknown): boolean | string {
  if (values) return !values.includes(`${(value ?? '') as string}`.trim().toLowerCase());
  const truth = readTruth(value);
  if (truth === null) return 'must be true, false or a date; map other values with =enabled:VALUE,VALUE';
  if (truth === undefined) return says === 'enabled' ? 'is missing' : false;
  return says === 'disabled' ? truth : !truth;
}
