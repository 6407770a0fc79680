import { types } from 'node:util';
import { Refusal } from '../../kernel/errors.ts';

/** SQLSTATEs and Node codes that mean "not now", never "no". 57014 and 55P03 are our own time limits. */
const OUTAGE =
  /^(08...|53...|57P0[1-5]|57014|55P03|25006|ECONN\w+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/;
/** The errors of node-postgres and PGlite that have no code: their text is all there is. */
const OUTAGE_TEXT =
  /connection terminated|timeout exceeded when trying to connect|connection ended|is not queryable|pglite is clos/i;

/** Whether an error of a driver means that the database is away. */
export function isOutage(error: unknown): boolean {
  // Not `instanceof`: where modules run in a realm of their own, as under Jest, the system's errors are of another.
  for (let at = error; types.isNativeError(at); at = at.cause) {
    if (at instanceof Refusal) return false;
    if (OUTAGE.test(codeOf(at)) || OUTAGE_TEXT.test(at.message)) return true;
  }
  return false;
}

/** An error's SQLSTATE or Node code; empty where it has none. */
export function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : '';
}

/** The database's own words or the system's; where several addresses were tried, what became of the last. */
export function reasonOf(error: unknown): string {
  const { message, errors } = error as Partial<AggregateError>;
  return message || (errors ? reasonOf(errors.at(-1)) : codeOf(error) || 'no reason given');
}
