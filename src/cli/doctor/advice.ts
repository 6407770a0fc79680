/** A pattern of error codes and texts of the system, PostgreSQL or Redis, and the advice for that cause. */
type Cause = readonly [pattern: RegExp, advice: (store: string, variable: string) => string];

const CAUSES: readonly Cause[] = [
  [/\b3D000\b/, (_, variable) => `Create the database with "createdb", or correct its name at the end of ${variable}.`],
  [/no pg_hba\.conf entry/, () => 'Allow this machine and user in pg_hba.conf, or set sslmode if it requires TLS.'],
  [
    /\b(28P01|28000)\b|WRONGPASS|NOAUTH|invalid (username|password)/i,
    (store, variable) => `${store} refuses the user or the password: correct them in ${variable}.`,
  ],
  [/NOPERM/, () => "Redis denies this user a command: extend the user's ACL (docs/stores.md)."],
  [/\b53300\b/, () => 'Raise max_connections, or run fewer processes: each takes up to 10 connections.'],
  [/\b57P03\b|LOADING/, (store) => `${store} is starting: wait and run doctor again.`],
  [
    /does not support SSL|certificate|self-signed|\bSSL\b|wrong version number/i,
    (store, variable) =>
      `The TLS settings do not match: correct sslmode or the scheme in ${variable}, or the TLS settings of ${store}.`,
  ],
  [
    /ECONNREFUSED/,
    (store, variable) => `Nothing listens there: start ${store}, or correct the host and port in ${variable}.`,
  ],
  [
    /ENOTFOUND|EAI_AGAIN/,
    (_, variable) => `The host name does not resolve: correct it in ${variable}, or repair the DNS.`,
  ],
  [
    /ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|timeout exceeded when trying to connect|no answer within|does not answer/,
    (store) => `There is no response: check the network and the firewall between this machine and ${store}.`,
  ],
];

/**
 * Returns the advice for a store that cannot be used, by its cause.
 * @param store `PostgreSQL` or `Redis`
 * @param variable the variable with its address
 */
export function adviceFor(store: string, variable: string, error: unknown): string {
  const said = wordsOf(error).join('\n');
  const [, advice] = CAUSES.find(([pattern]) => pattern.test(said)) ?? [];
  return advice?.(store, variable) ?? `Check ${store} and ${variable}: the server does not start without it.`;
}

/** Returns the codes and texts of an error, its causes, and the errors of each address that was tried. */
function wordsOf(error: unknown): string[] {
  if (typeof error !== 'object' || error === null) return [String(error)];
  const { code, message, cause, errors } = error as Partial<AggregateError> & { code?: unknown };
  return [
    typeof code === 'string' ? code : '',
    message ?? '',
    ...(cause === undefined ? [] : wordsOf(cause)),
    ...(errors ?? []).flatMap(wordsOf),
  ];
}
