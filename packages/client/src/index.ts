/** The public API of `gatehouse-client`, for pages and programs. No file of the package imports it. */
export type {
  AuthChangeReason,
  AuthClient,
  AuthClientOptions,
  AuthEvents,
  AuthState,
  AuthStorage,
  Credentials,
  PendingLogout,
  SecondFactor,
} from './auth_client.ts';
export {
  AuthError,
  type AuthErrorCode,
  type AuthErrorReason,
  type FactorMethod,
  type FieldFault,
  type NextStep,
  readAuthErrors,
  type StepUp,
} from './auth_error.ts';
export { createAuthClient } from './create_auth_client.ts';
