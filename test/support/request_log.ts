import { readFileSync } from 'node:fs';
import { until } from './until.ts';

/** Returns the log's lines about an answered request, once there is one. */
export async function linesOfRequest(requestId: string): Promise<Record<string, unknown>[]> {
  const read = () =>
    readFileSync(process.env['GATEHOUSE_TEST_LOG']!, 'utf8')
      .split('\n')
      .filter((line) => line.includes('"msg":"request"') && line.includes(`"${requestId}"`));
  const lines = await until(read, ({ length }) => length > 0);
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}
