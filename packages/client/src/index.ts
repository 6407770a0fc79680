/** `gatehouse-client`, for pages and programs. Nothing of ours imports this file: it is the package's door. */
export type {
  AuthChangeReason,
  AuthClient,
  AuthClientOptions,
  AuthEvents,
  AuthState,
  AuthStorage,
  Credentials,
  PendingLogout,
} from './auth_client.ts';
export { AuthError, type AuthErrorCode, type AuthErrorReason, type FieldFault, readAuthErrors } from './auth_error.ts';
export { createAuthClient } from './create_auth_client.ts';
