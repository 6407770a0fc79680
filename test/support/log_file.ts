import { appendFileSync } from 'node:fs';
import type { DestinationStream } from 'pino';

/** Every instance of the suite logs to one file at the finest level. The end of the run searches it for secrets. */
export function logFile(): DestinationStream {
  const path = process.env['GATEHOUSE_TEST_LOG'];
  return { write: (line) => (path ? appendFileSync(path, line) : undefined) };
}

/** Notes passwords, tokens or cookies for that search. Skips short ones, which would be found by chance. */
export function noteSecrets(...secrets: readonly (string | null | undefined)[]): void {
  const path = process.env['GATEHOUSE_TEST_SECRETS'];
  for (const secret of secrets) {
    if (path && secret && secret.length >= 12) appendFileSync(path, `${JSON.stringify(secret)}\n`);
  }
}

/** The fields of responses that hold a secret, or a list of them. */
const SECRET_FIELDS = new Set([
  ...['accessToken', 'refreshToken', 'access_token', 'refresh_token', 'ticket', 'auth_session'],
  ...['secret', 'uri', 'confirmTotp', 'renewRecoveryCodes', 'challenge', 'link'],
]);

/** Notes the secrets in the body of a response: tokens, tickets, secrets of authenticators, recovery codes, links. */
export function noteSecretsIn(body: unknown, isSecret = false): void {
  if (typeof body === 'string') {
    if (isSecret) noteSecrets(body);
  } else if (Array.isArray(body)) {
    for (const each of body) noteSecretsIn(each, isSecret);
  } else if (typeof body === 'object' && body !== null) {
    for (const [name, value] of Object.entries(body)) noteSecretsIn(value, SECRET_FIELDS.has(name));
  }
}

/** Notes the secrets in a response's headers: refresh tokens, device tokens, a consent page's cookie. */
export function noteCookies(headers: Headers): void {
  noteSecrets(
    headers.get('gatehouse-device'),
    ...headers.getSetCookie().map((cookie) => /^[^=]*=([^;]*)/.exec(cookie)?.[1]),
  );
}
