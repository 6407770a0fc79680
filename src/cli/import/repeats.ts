import type { Row } from './rows.ts';

/**
 * The same rows, with a fault in place of an account whose name an earlier line of the file has: of two that differ one
 * would be dropped, and nobody would hear of it. Takes memory for every name.
 */
export async function* refuseRepeats(rows: AsyncIterable<Row>): AsyncGenerator<Row> {
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
