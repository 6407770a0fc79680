import { types } from 'node:util';
import { Refusal } from '../../kernel/errors.ts';

/**
 * SQLSTATEs and Node codes of a temporary failure, never of a refusal. 57014 and 55P03 are the time limits set here.
 */
const OUTAGE =
  /^(08...|53...|57P0[1-5]|57014|55P03|25006|ECONN\w+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/;
/** Errors of node-postgres and PGlite without a code, identified by their text. */
const OUTAGE_TEXT =
  /connection terminated|timeout exceeded when trying to connect|connection ended|is not queryable|pglite is clos/i;

/** Returns whether a driver's error means that the database is unavailable. */
export function isOutage(error: unknown): boolean {
  // Not `instanceof`: under Jest, modules run in a realm of their own, and system errors are of another realm.
  for (let at = error; types.isNativeError(at); at = at.cause) {
    if (at instanceof Refusal) return false;
    if (OUTAGE.test(codeOf(at)) || OUTAGE_TEXT.test(at.message)) return true;
  }
  return false;
}

/** Returns an error's SQLSTATE or Node code; empty if it has none. */
export function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : '';
}

/**
 * Returns the message of the database or the system. If several addresses were tried, it is the message for the last
 * one.
 */
export function reasonOf(error: unknown): string {
  const { message, errors } = error as Partial<AggregateError>;
  return message || (errors ? reasonOf(errors.at(-1)) : codeOf(error) || 'no reason given');
}
