/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** The way in which the refresh token is delivered. */
export type RefreshTokenDelivery =
  /** In the response, for programs that can store it safely. */
  | 'BODY'
  /** In an HttpOnly cookie that scripts cannot read, for browsers. */
  | 'COOKIE';

export type SignInMutationVariables = Exact<{
  username: string;
  password: string;
  delivery: RefreshTokenDelivery;
}>;

export type SignInMutation = { tokens: { accessToken: string; expiresIn: number; refreshToken: string | null } };

export type CompleteSignInMutationVariables = Exact<{
  ticket: string;
  totp?: string | null | undefined;
  recoveryCode?: string | null | undefined;
  passkey?: unknown;
  delivery: RefreshTokenDelivery;
}>;

export type CompleteSignInMutation = {
  tokens: { accessToken: string; expiresIn: number; refreshToken: string | null };
};

export type StaySignedInMutationVariables = Exact<{
  refreshToken?: string | null | undefined;
}>;

export type StaySignedInMutation = { tokens: { accessToken: string; expiresIn: number; refreshToken: string | null } };

export type SignOutMutationVariables = Exact<{
  refreshToken?: string | null | undefined;
}>;

export type SignOutMutation = { logout: boolean };

export type DeliveredFragment = { accessToken: string; expiresIn: number; refreshToken: string | null };

export type StartPasskeySignInMutationVariables = Exact<{
  ticket?: string | null | undefined;
}>;

export type StartPasskeySignInMutation = { asked: { challenge: string; options: unknown } };

export type SignInWithPasskeyMutationVariables = Exact<{
  challenge: string;
  response: unknown;
  delivery: RefreshTokenDelivery;
}>;

export type SignInWithPasskeyMutation = {
  tokens: { accessToken: string; expiresIn: number; refreshToken: string | null };
};

export type ReauthenticateMutationVariables = Exact<{
  password?: string | null | undefined;
  totp?: string | null | undefined;
  recoveryCode?: string | null | undefined;
  passkey?: unknown;
}>;

export type ReauthenticateMutation = {
  tokens: { accessToken: string; expiresIn: number; refreshToken: string | null };
};

export type StartPasskeyMutationVariables = Exact<{ [key: string]: never }>;

export type StartPasskeyMutation = { asked: { challenge: string; options: unknown } };

export type AddPasskeyMutationVariables = Exact<{
  challenge: string;
  name: string;
  response: unknown;
}>;

export type AddPasskeyMutation = { passkey: { id: string; name: string } };

export type RequestPasswordResetMutationVariables = Exact<{
  account: string;
}>;

export type RequestPasswordResetMutation = { requestPasswordReset: boolean };

export type ResetPasswordMutationVariables = Exact<{
  token?: string | null | undefined;
  code?: string | null | undefined;
  account?: string | null | undefined;
  newPassword: string;
}>;

export type ResetPasswordMutation = { resetPassword: boolean };

export type RequestEmailVerificationMutationVariables = Exact<{ [key: string]: never }>;

export type RequestEmailVerificationMutation = { requestEmailVerification: boolean };

export type VerifyEmailMutationVariables = Exact<{
  token?: string | null | undefined;
  code?: string | null | undefined;
  account?: string | null | undefined;
}>;

export type VerifyEmailMutation = { verifyEmail: boolean };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const DeliveredFragmentDoc = new TypedDocumentString(
  `
    fragment Delivered on TokenPayload {
  accessToken
  expiresIn
  refreshToken
}
    `,
  { fragmentName: 'Delivered' },
) as unknown as TypedDocumentString<DeliveredFragment, unknown>;
export const SignInDocument = new TypedDocumentString(`
    mutation SignIn($username: String!, $password: String!, $delivery: RefreshTokenDelivery!) {
  tokens: login(username: $username, password: $password, delivery: $delivery) {
    ...Delivered
  }
}
    fragment Delivered on TokenPayload {
  accessToken
  expiresIn
  refreshToken
}`) as unknown as TypedDocumentString<SignInMutation, SignInMutationVariables>;
export const CompleteSignInDocument = new TypedDocumentString(`
    mutation CompleteSignIn($ticket: String!, $totp: String, $recoveryCode: String, $passkey: JSON, $delivery: RefreshTokenDelivery!) {
  tokens: completeLogin(
    ticket: $ticket
    totp: $totp
    recoveryCode: $recoveryCode
    passkey: $passkey
    delivery: $delivery
  ) {
    ...Delivered
  }
}
    fragment Delivered on TokenPayload {
  accessToken
  expiresIn
  refreshToken
}`) as unknown as TypedDocumentString<CompleteSignInMutation, CompleteSignInMutationVariables>;
export const StaySignedInDocument = new TypedDocumentString(`
    mutation StaySignedIn($refreshToken: String) {
  tokens: refresh(refreshToken: $refreshToken) {
    ...Delivered
  }
}
    fragment Delivered on TokenPayload {
  accessToken
  expiresIn
  refreshToken
}`) as unknown as TypedDocumentString<StaySignedInMutation, StaySignedInMutationVariables>;
export const SignOutDocument = new TypedDocumentString(`
    mutation SignOut($refreshToken: String) {
  logout(refreshToken: $refreshToken)
}
    `) as unknown as TypedDocumentString<SignOutMutation, SignOutMutationVariables>;
export const StartPasskeySignInDocument = new TypedDocumentString(`
    mutation StartPasskeySignIn($ticket: String) {
  asked: startPasskeyLogin(ticket: $ticket) {
    challenge
    options
  }
}
    `) as unknown as TypedDocumentString<StartPasskeySignInMutation, StartPasskeySignInMutationVariables>;
export const SignInWithPasskeyDocument = new TypedDocumentString(`
    mutation SignInWithPasskey($challenge: String!, $response: JSON!, $delivery: RefreshTokenDelivery!) {
  tokens: loginWithPasskey(
    challenge: $challenge
    response: $response
    delivery: $delivery
  ) {
    ...Delivered
  }
}
    fragment Delivered on TokenPayload {
  accessToken
  expiresIn
  refreshToken
}`) as unknown as TypedDocumentString<SignInWithPasskeyMutation, SignInWithPasskeyMutationVariables>;
export const ReauthenticateDocument = new TypedDocumentString(`
    mutation Reauthenticate($password: String, $totp: String, $recoveryCode: String, $passkey: JSON) {
  tokens: reauthenticate(
    password: $password
    totp: $totp
    recoveryCode: $recoveryCode
    passkey: $passkey
  ) {
    ...Delivered
  }
}
    fragment Delivered on TokenPayload {
  accessToken
  expiresIn
  refreshToken
}`) as unknown as TypedDocumentString<ReauthenticateMutation, ReauthenticateMutationVariables>;
export const StartPasskeyDocument = new TypedDocumentString(`
    mutation StartPasskey {
  asked: startPasskey {
    challenge
    options
  }
}
    `) as unknown as TypedDocumentString<StartPasskeyMutation, StartPasskeyMutationVariables>;
export const AddPasskeyDocument = new TypedDocumentString(`
    mutation AddPasskey($challenge: String!, $name: String!, $response: JSON!) {
  passkey: addPasskey(challenge: $challenge, name: $name, response: $response) {
    id
    name
  }
}
    `) as unknown as TypedDocumentString<AddPasskeyMutation, AddPasskeyMutationVariables>;
export const RequestPasswordResetDocument = new TypedDocumentString(`
    mutation RequestPasswordReset($account: String!) {
  requestPasswordReset(account: $account)
}
    `) as unknown as TypedDocumentString<RequestPasswordResetMutation, RequestPasswordResetMutationVariables>;
export const ResetPasswordDocument = new TypedDocumentString(`
    mutation ResetPassword($token: String, $code: String, $account: String, $newPassword: String!) {
  resetPassword(
    token: $token
    code: $code
    account: $account
    newPassword: $newPassword
  )
}
    `) as unknown as TypedDocumentString<ResetPasswordMutation, ResetPasswordMutationVariables>;
export const RequestEmailVerificationDocument = new TypedDocumentString(`
    mutation RequestEmailVerification {
  requestEmailVerification
}
    `) as unknown as TypedDocumentString<RequestEmailVerificationMutation, RequestEmailVerificationMutationVariables>;
export const VerifyEmailDocument = new TypedDocumentString(`
    mutation VerifyEmail($token: String, $code: String, $account: String) {
  verifyEmail(token: $token, code: $code, account: $account)
}
    `) as unknown as TypedDocumentString<VerifyEmailMutation, VerifyEmailMutationVariables>;
