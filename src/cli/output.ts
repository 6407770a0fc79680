import { styleText } from 'node:util';

/** What every command that answers something takes. */
export interface Shown {
  readonly json?: boolean;
}

/** A column of a table: what stands at its head, and what in it. */
export type Column<Row> = readonly [heading: string, cell: (row: Row) => string | number | boolean | Date | null];

/** One JSON value, on one line. */
export function printJson(value: unknown): void {
  // C1 controls pass JSON as they are, and terminals obey them.
  const text = JSON.stringify(value).replaceAll(/[\u007f-\u009f]/g, escaped);
  process.stdout.write(`${text}\n`);
}

/** Lines for people. */
export function say(...lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${harmless(line)}\n`).join(''));
}

/** To standard error: what is worth knowing and no part of the answer. */
export function note(line: string): void {
  process.stderr.write(`${harmless(line)}\n`);
}

/** A table for people, or a JSON array of the rows. @param none what is said instead of a table without rows */
export async function printRows<Row extends object>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { json }: Shown,
  none: string,
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

/** What is told of one thing, for people or as a JSON object. */
export async function printOne<Row extends object>(
  row: Row,
  columns: readonly Column<Row>[],
  { json }: Shown,
): Promise<void> {
  if (json) return printJson(row);
  const width = Math.max(...columns.map(([heading]) => heading.length));
  for (const [heading, cell] of columns) {
    process.stdout.write(`${styled('bold', heading.padEnd(width))}  ${harmless(inWords(cell(row)))}\n`);
  }
}

/** In colour at a terminal, unless NO_COLOR asks for none. */
export function styled(style: 'bold' | 'dim' | 'green' | 'yellow' | 'red', text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

/**
 * Text as it may stand on a terminal. Threat: user agents and names that somebody tried to sign in with are whatever a
 * stranger sent, and escape sequences among them would write over what the operator reads.
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
