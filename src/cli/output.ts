import { styleText } from 'node:util';

/** The options of every command with output. */
export interface OutputOptions {
  readonly json?: boolean;
}

/** A column of a table: its heading and its cells. */
export type Column<Row> = readonly [heading: string, cell: (row: Row) => string | number | boolean | Date | null];

/** Prints a JSON value on one line. */
export function printJson(value: unknown): void {
  // Threat: JSON leaves C1 controls unescaped, and terminals execute them.
  const text = JSON.stringify(value).replaceAll(/[\u007f-\u009f]/g, escaped);
  process.stdout.write(`${text}\n`);
}

/** Prints lines for people. */
export function say(...lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${harmless(line)}\n`).join(''));
}

/** Prints a line to standard error that is not part of the result. */
export function note(line: string): void {
  process.stderr.write(`${harmless(line)}\n`);
}

/** Prints a table, or the rows as a JSON array. @param none the text for an empty table */
export async function printRows<Row extends object>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { json, none }: OutputOptions & { readonly none: string },
): Promise<void> {
  if (json) return printJson(rows);
  if (rows.length === 0) return say(none);
  const { default: Table } = await import('cli-table3');
  const table = new Table({
    head: columns.map(([heading]) => styled('bold', heading)),
    chars: { ...NO_LINES, middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  for (const row of rows) table.push(columns.map(([, cell]) => harmless(inWords(cell(row)))));
  process.stdout.write(`${table.toString().replaceAll(/ +$/gm, '')}\n`);
}

/** Prints the fields of one row, for people or as a JSON object. */
export async function printOne<Row extends object>(
  row: Row,
  columns: readonly Column<Row>[],
  { json }: OutputOptions,
): Promise<void> {
  if (json) return printJson(row);
  const width = Math.max(...columns.map(([heading]) => heading.length));
  for (const [heading, cell] of columns) {
    process.stdout.write(`${styled('bold', heading.padEnd(width))}  ${harmless(inWords(cell(row)))}\n`);
  }
}

/** Adds colour at a terminal, unless NO_COLOR is set. */
export function styled(style: 'bold' | 'dim' | 'green' | 'yellow' | 'red', text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

/**
 * Escapes control characters. Threat: user agents and tried names come from strangers, and escape sequences in them could
 * overwrite the operator's screen.
 */
export function harmless(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, escaped);
}

function escaped(character: string): string {
  return `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`;
}

function inWords(value: string | number | boolean | Date | null): string {
  if (value === null || value === '') return '-';
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);
}

const NO_LINES = Object.fromEntries(
  ['top', 'bottom', 'left', 'right', 'mid']
    .flatMap((side) => ['', '-mid', '-left', '-right'].map((corner) => side + corner))
    .map((name) => [name, '']),
);
