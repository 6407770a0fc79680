import type { AuthClient } from './auth_client.ts';
import { type GraphqlErrorLike, readAuthErrors } from './auth_error.ts';

/** Ends the session if a result says that the account of the token is disabled. */
export function noteDisabled(
  errors: readonly GraphqlErrorLike[] | undefined,
  token: string,
  auth: Pick<AuthClient, 'dropSession'>,
): void {
  if (readAuthErrors(errors).some(({ accountDisabled }) => accountDisabled)) auth.dropSession(token);
}
