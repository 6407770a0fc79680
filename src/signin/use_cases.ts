import { type Accounts, createAccounts } from './accounts.ts';
import { createSignInActivity, type SignInActivity } from './activity.ts';
import { type AuditLog, createAuditLog } from './audit_log.ts';
import { type Authenticate, createAuthenticate } from './authenticate.ts';
import { type Authorizations, createAuthorizations } from './authorizations.ts';
import { createChange } from './change.ts';
import { type ChangePassword, createChangePassword } from './change_password.ts';
import { type ClientToken, createClientToken } from './client_token.ts';
import { type Clients, createClients } from './clients.ts';
import { createDirectory, type Directory } from './directory.ts';
import { createIntrospect, type Introspect } from './introspect.ts';
import { createLogin, type Login } from './login.ts';
import { createLogout, createLogoutEverywhere, type Logout, type LogoutEverywhere } from './logout.ts';
import { createOwnSessions, type OwnSessions } from './own_sessions.ts';
import type { Parts } from './parts.ts';
import { createRedeem, type Redeem } from './redeem.ts';
import { createRefresh, type Refresh } from './refresh.ts';
import { createRegister, type Register } from './register.ts';
import { createRevoke, type Revoke } from './revoke.ts';
import { createSignIn } from './sign_in.ts';
import { createSigningKeyAdmin, type SigningKeyAdmin } from './signing_key_admin.ts';

/** What both doors open on. */
export interface UseCases {
  readonly authenticate: Authenticate;
  readonly login: Login;
  readonly refresh: Refresh;
  readonly logout: Logout;
  readonly logoutEverywhere: LogoutEverywhere;
  readonly changePassword: ChangePassword;
  readonly register: Register;
  readonly accounts: Accounts;
  readonly directory: Directory;
  readonly ownSessions: OwnSessions;
  readonly auditLog: AuditLog;
  readonly signInActivity: SignInActivity;
  readonly signingKeys: SigningKeyAdmin;
  readonly clients: Clients;
  readonly clientToken: ClientToken;
  readonly authorizations: Authorizations;
  readonly redeem: Redeem;
  readonly revoke: Revoke;
  readonly introspect: Introspect;
}

export function createUseCases(parts: Parts): UseCases {
  const change = createChange(parts);
  const accounts = createAccounts(parts, change);
  const signIn = createSignIn(parts, change);
  return {
    authenticate: createAuthenticate(parts),
    login: createLogin(parts, signIn),
    refresh: createRefresh(parts, change),
    logout: createLogout(parts, change),
    logoutEverywhere: createLogoutEverywhere(parts, change),
    changePassword: createChangePassword(parts, change),
    register: createRegister(parts, accounts),
    accounts,
    directory: createDirectory(parts),
    ownSessions: createOwnSessions(parts, change),
    auditLog: createAuditLog(parts),
    signInActivity: createSignInActivity(parts),
    signingKeys: createSigningKeyAdmin(parts),
    clients: createClients(parts, change),
    clientToken: createClientToken(parts),
    authorizations: createAuthorizations(parts, signIn, change),
    redeem: createRedeem(parts, change),
    revoke: createRevoke(parts, change),
    introspect: createIntrospect(parts),
  };
}
