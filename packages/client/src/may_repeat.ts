import type { AskedOperation } from './asked_operation.ts';
import { type GraphqlErrorLike, readAuthErrors } from './auth_error.ts';

export interface Refused {
  /** Undefined where it is not known. */
  readonly operation: AskedOperation | undefined;
  readonly errors: readonly (GraphqlErrorLike & { readonly path?: readonly unknown[] | undefined })[] | undefined;
  /** Whether the HTTP status was 401. */
  readonly unauthorized: boolean;
}

/**
 * Whether an operation that was answered so may be sent again with another token: the one place where `fetch`, the link
 * and the exchange look. Refused must have been the token: a password or a refresh token that was refused gives no reason.
 * And nothing may have been done that would be done twice: of a mutation, the one field itself must have been refused, and
 * not something below it.
 */
export function mayRepeat({ operation, errors, unauthorized }: Refused): boolean {
  if (!refusesToken(errors, unauthorized)) return false;
  const refusals = (errors ?? []).filter(isRefusal);
  if (refusals.length === 0) return true;
  if (!operation) return false;
  return !operation.isMutation || (operation.fields === 1 && refusals.every(({ path = [] }) => path.length <= 1));
}

/** Whether it was the token that was refused: by an error that gives the reason, or by a bare 401. */
export function refusesToken(errors: Refused['errors'], unauthorized: boolean): boolean {
  return errors?.length ? errors.some(isRefusal) : unauthorized;
}

function isRefusal(error: GraphqlErrorLike): boolean {
  return readAuthErrors([error]).some(({ tokenRefused }) => tokenRefused);
}
