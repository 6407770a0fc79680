/** The public API of `gatehouse-client`, for pages and programs. No file of the package imports it. */
export type {
  AccountHelp,
  AuthChangeReason,
  AuthClient,
  AuthClientOptions,
  AuthEvents,
  AuthState,
  AuthStorage,
  Credentials,
  MailedProof,
  Passkeys,
  PasskeySignInOptions,
  PendingLogout,
} from './auth_client.ts';
export {
  AuthError,
  type AuthErrorCode,
  type AuthErrorReason,
  type SecondFactorKind,
  type FieldFault,
  type SignInContinuation,
  readAuthErrors,
  type RequiredAuthentication,
} from './auth_error.ts';
export type {
  OnReauthentication,
  OnSecondFactor,
  Reauthentication,
  ReauthenticationQuestion,
  SecondFactor,
  SecondFactorQuestion,
} from './factors.ts';
export { createAuthClient } from './create_auth_client.ts';
