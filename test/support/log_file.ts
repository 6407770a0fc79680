import { appendFileSync } from 'node:fs';
import type { DestinationStream } from 'pino';

/** Every instance of the suite logs, at the finest level, into one file: the last thing the run does is search it for secrets. */
export function logFile(): DestinationStream {
  const path = process.env['GATEHOUSE_TEST_LOG'];
  return { write: (line) => (path ? appendFileSync(path, line) : undefined) };
}

/** Notes passwords, tokens or cookies that a test used, for that search. Short ones would be found by chance. */
export function noteSecrets(...secrets: readonly (string | null | undefined)[]): void {
  const path = process.env['GATEHOUSE_TEST_SECRETS'];
  for (const secret of secrets) {
    if (path && secret && secret.length >= 12) appendFileSync(path, `${JSON.stringify(secret)}\n`);
  }
}

/** Notes what an answer gives a browser or a program to keep: refresh tokens, device tokens, a consent page's cookie. */
export function noteCookies(headers: Headers): void {
  noteSecrets(
    headers.get('gatehouse-device'),
    ...headers.getSetCookie().map((cookie) => /^[^=]*=([^;]*)/.exec(cookie)?.[1]),
  );
}
