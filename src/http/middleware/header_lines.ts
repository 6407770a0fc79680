import type { IncomingMessage } from 'node:http';

/** Returns every line of a header as sent. `headers` of Node keeps only the first of two lines, or joins them. */
export function headerLines({ rawHeaders }: IncomingMessage, name: string): string[] {
  return rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]!.toLowerCase() === name);
}
