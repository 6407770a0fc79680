import { type Accounts, createAccounts } from './accounts/accounts.ts';
import { createSignInActivity, type ReadSignInActivity } from './administration/activity.ts';
import { type AuditLog, createAuditLog } from './administration/audit_log.ts';
import { type Authenticate, createAuthenticate } from './authentication/principal.ts';
import { type Authorizations, createAuthorizations } from './oauth/authorizations.ts';
import { createChangeFactors } from './factors/change_factors.ts';
import { createListFactors, type ListFactors } from './factors/list_factors.ts';
import { createRenewRecoveryCodes, type RenewRecoveryCodes } from './factors/recovery_codes.ts';
import { createOwnTotp, type OwnTotp } from './factors/totp.ts';
import { createDescribeStepUp, type DescribeStepUp } from './authentication/step_up.ts';
import { createUnitOfWork } from './foundation/unit_of_work.ts';
import { type ChangePassword, createChangePassword } from './accounts/change_password.ts';
import { type ClientToken, createClientToken } from './oauth/client_token.ts';
import { type Clients, createClients } from './administration/clients.ts';
import { createDirectory, type Directory } from './administration/directory.ts';
import { createIntrospect, type Introspect } from './oauth/introspect.ts';
import { type CompleteLogin, createCompleteLogin } from './sessions/complete_login.ts';
import { createLogin, type Login } from './sessions/login.ts';
import { createLogout, createLogoutEverywhere, type Logout, type LogoutEverywhere } from './sessions/logout.ts';
import { createOwnSessions, type OwnSessions } from './sessions/own_sessions.ts';
import { createUpdateAccount } from './accounts/update_account.ts';
import { type ChangeEmail, createChangeEmail } from './recovery/change_email.ts';
import { createFindLink } from './recovery/find_link.ts';
import { createInvitations, type Invitations } from './recovery/invitations.ts';
import {
  createRequestEmailVerification,
  type RequestEmailVerification,
} from './recovery/request_email_verification.ts';
import { createRequestPasswordReset, type RequestPasswordReset } from './recovery/request_password_reset.ts';
import { createResetPassword, type ResetPassword } from './recovery/reset_password.ts';
import { createSendPasswordReset, type SendPasswordReset } from './recovery/send_password_reset.ts';
import { createUndoEmailChange, type UndoEmailChange } from './recovery/undo_email_change.ts';
import { createVerifyEmail, type VerifyEmail } from './recovery/verify_email.ts';
import type { Services } from './foundation/services.ts';
import { createExchangeCode, type ExchangeCode } from './oauth/exchange_code.ts';
import { createReauthenticate, type Reauthenticate } from './sessions/reauthenticate.ts';
import { createPasskeyLogin, type PasskeyLogin } from './sessions/passkey_login.ts';
import { createPasskeySignIn } from './authentication/passkey_sign_in.ts';
import { createOwnPasskeys, type OwnPasskeys } from './factors/passkeys.ts';
import { createRemovePassword, type RemovePassword } from './factors/remove_password.ts';
import { createRefresh, type Refresh } from './sessions/refresh.ts';
import { createMails, type Mails } from './administration/mails.ts';
import { createResetFactors, type ResetFactors } from './accounts/reset_factors.ts';
import { createRegister, type Register } from './accounts/register.ts';
import { createRevoke, type Revoke } from './oauth/revoke.ts';
import { createContinueSignIn } from './authentication/continue_sign_in.ts';
import { createVerifyFactor } from './authentication/steps/second_factor.ts';
import { createVerifyPassword } from './authentication/steps/password.ts';
import { createSigningKeyAdmin, type SigningKeyAdmin } from './administration/signing_key_admin.ts';

/** The use cases behind both doors. */
export interface UseCases {
  readonly authenticate: Authenticate;
  readonly describeStepUp: DescribeStepUp;
  readonly login: Login;
  readonly completeLogin: CompleteLogin;
  readonly reauthenticate: Reauthenticate;
  readonly passkeyLogin: PasskeyLogin;
  readonly refresh: Refresh;
  readonly logout: Logout;
  readonly logoutEverywhere: LogoutEverywhere;
  readonly changePassword: ChangePassword;
  readonly register: Register;
  readonly listFactors: ListFactors;
  readonly resetFactors: ResetFactors;
  readonly totp: OwnTotp;
  readonly renewRecoveryCodes: RenewRecoveryCodes;
  readonly passkeys: OwnPasskeys;
  readonly removePassword: RemovePassword;
  readonly requestPasswordReset: RequestPasswordReset;
  readonly resetPassword: ResetPassword;
  readonly sendPasswordReset: SendPasswordReset;
  readonly requestEmailVerification: RequestEmailVerification;
  readonly verifyEmail: VerifyEmail;
  readonly changeEmail: ChangeEmail;
  readonly undoEmailChange: UndoEmailChange;
  readonly invitations: Invitations;
  readonly accounts: Accounts;
  readonly directory: Directory;
  readonly ownSessions: OwnSessions;
  readonly auditLog: AuditLog;
  readonly signInActivity: ReadSignInActivity;
  readonly signingKeys: SigningKeyAdmin;
  readonly clients: Clients;
  readonly mails: Mails;
  readonly clientToken: ClientToken;
  readonly authorizations: Authorizations;
  readonly exchangeCode: ExchangeCode;
  readonly revoke: Revoke;
  readonly introspect: Introspect;
}

export function createUseCases(services: Services): UseCases {
  const unitOfWork = createUnitOfWork(services);
  const accounts = createAccounts(services, unitOfWork);
  const updateAccount = createUpdateAccount(services, unitOfWork);
  const changeFactors = createChangeFactors(services, unitOfWork);
  const findLink = createFindLink(services);
  const verifyPassword = createVerifyPassword(services);
  const verifyFactor = createVerifyFactor(services);
  const continueSignIn = createContinueSignIn(services, verifyFactor, unitOfWork);
  return {
    authenticate: createAuthenticate(services),
    describeStepUp: createDescribeStepUp(services),
    login: createLogin(services, verifyPassword, unitOfWork),
    completeLogin: createCompleteLogin(services, continueSignIn),
    reauthenticate: createReauthenticate(services, { verifyPassword, verifyFactor }, unitOfWork),
    passkeyLogin: createPasskeyLogin(services, createPasskeySignIn(services, unitOfWork)),
    refresh: createRefresh(services, unitOfWork),
    logout: createLogout(services, unitOfWork),
    logoutEverywhere: createLogoutEverywhere(services, unitOfWork),
    changePassword: createChangePassword(services, verifyPassword, unitOfWork),
    listFactors: createListFactors(services),
    resetFactors: createResetFactors(services, updateAccount),
    totp: createOwnTotp(services, changeFactors),
    renewRecoveryCodes: createRenewRecoveryCodes(changeFactors),
    passkeys: createOwnPasskeys(services, changeFactors),
    removePassword: createRemovePassword(changeFactors),
    register: createRegister(services, unitOfWork),
    requestPasswordReset: createRequestPasswordReset(services),
    resetPassword: createResetPassword(services, findLink, unitOfWork),
    sendPasswordReset: createSendPasswordReset(services, updateAccount),
    requestEmailVerification: createRequestEmailVerification(services),
    verifyEmail: createVerifyEmail(services, findLink, unitOfWork),
    changeEmail: createChangeEmail(services, updateAccount),
    undoEmailChange: createUndoEmailChange(services, findLink, unitOfWork),
    invitations: createInvitations(services, findLink, unitOfWork),
    accounts,
    directory: createDirectory(services),
    ownSessions: createOwnSessions(services, unitOfWork),
    auditLog: createAuditLog(services),
    signInActivity: createSignInActivity(services),
    signingKeys: createSigningKeyAdmin(services),
    clients: createClients(services, unitOfWork),
    mails: createMails(services),
    clientToken: createClientToken(services),
    authorizations: createAuthorizations(services, { verifyPassword, continueSignIn }, unitOfWork),
    exchangeCode: createExchangeCode(services, unitOfWork),
    revoke: createRevoke(services, unitOfWork),
    introspect: createIntrospect(services),
  };
}
