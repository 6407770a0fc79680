import type { IncomingMessage } from 'node:http';

/** Every line of a header as it was sent: Node's `headers` keeps the first of two, or joins them, and hides the second. */
export function headerLines({ rawHeaders }: IncomingMessage, name: string): string[] {
  return rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]!.toLowerCase() === name);
}
