import type { ImportRow } from './rows.ts';

/**
 * Yields the rows, with a fault instead of an account whose name an earlier line has; otherwise one of two different
 * accounts would be dropped silently. Needs memory for every name.
 */
export async function* refuseRepeats(rows: AsyncIterable<ImportRow>): AsyncGenerator<ImportRow> {
  const lines = new Map<string, number>();
  for await (const row of rows) {
    if ('fault' in row) {
      yield row;
      continue;
    }
    const { line, end, account } = row;
    const name = account.username.toLowerCase();
    const first = lines.get(name);
    if (first === undefined) lines.set(name, line);
    yield first === undefined ? row : { line, end, fault: `username: the same name as in line ${first}` };
  }
}
