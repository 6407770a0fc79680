import type { AskedOperation } from './asked_operation.ts';
import { type AuthError, type GraphqlErrorLike, readAuthErrors } from './auth_error.ts';

export interface Refused {
  /** Undefined if it is not known. */
  readonly operation: AskedOperation | undefined;
  readonly errors: readonly (GraphqlErrorLike & { readonly path?: readonly unknown[] | undefined })[] | undefined;
  /** True if the HTTP status was 401. */
  readonly unauthorized: boolean;
}

/**
 * Returns whether an operation with this answer may be repeated with a new token. `fetch`, the link and the exchange
 * all use it. The answer must refuse the access token; a refused password or refresh token gives no reason. Threat: a
 * mutation must not run twice. It must have a single field, and the field itself must be refused, not a field below it.
 */
export function mayRepeat({ operation, errors, unauthorized }: Refused): boolean {
  if (!refusesToken(errors, unauthorized)) return false;
  const refusals = (errors ?? []).filter(isRefusal);
  return refusals.length === 0 || ranNothing(operation, refusals);
}

/**
 * Returns the refusal with which an answer asks for a newer or stronger authentication, by the same rule: undefined if
 * the operation must not be repeated after it.
 */
export function stepUpOf({ operation, errors }: Pick<Refused, 'operation' | 'errors'>): AuthError | undefined {
  const refusals = (errors ?? []).filter(({ extensions }) => extensions?.['code'] === 'REAUTHENTICATION_REQUIRED');
  return refusals.length > 0 && ranNothing(operation, refusals) ? readAuthErrors(refusals)[0] : undefined;
}

function ranNothing(operation: AskedOperation | undefined, refusals: NonNullable<Refused['errors']>): boolean {
  if (!operation) return false;
  return !operation.isMutation || (operation.fields === 1 && refusals.every(({ path = [] }) => path.length <= 1));
}

/** Returns whether an answer refuses the access token: by an error with a reason, or by a 401 without errors. */
export function refusesToken(errors: Refused['errors'], unauthorized: boolean): boolean {
  return errors?.length ? errors.some(isRefusal) : unauthorized;
}

function isRefusal(error: GraphqlErrorLike): boolean {
  return readAuthErrors([error]).some(({ tokenRefused }) => tokenRefused);
}
