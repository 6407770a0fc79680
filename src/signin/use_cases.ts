import { type Accounts, createAccounts } from './accounts.ts';
import { type Authenticate, createAuthenticate } from './authenticate.ts';
import { createChange } from './change.ts';
import { type ChangePassword, createChangePassword } from './change_password.ts';
import { createDirectory, type Directory } from './directory.ts';
import { createLogin, type Login } from './login.ts';
import { createLogout, createLogoutEverywhere, type Logout, type LogoutEverywhere } from './logout.ts';
import type { Parts } from './parts.ts';
import { createRefresh, type Refresh } from './refresh.ts';
import { createRegister, type Register } from './register.ts';

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
}

export function createUseCases(parts: Parts): UseCases {
  const change = createChange(parts);
  const accounts = createAccounts(parts, change);
  return {
    authenticate: createAuthenticate(parts),
    login: createLogin(parts, change),
    refresh: createRefresh(parts, change),
    logout: createLogout(parts, change),
    logoutEverywhere: createLogoutEverywhere(parts, change),
    changePassword: createChangePassword(parts, change),
    register: createRegister(parts, accounts),
    accounts,
    directory: createDirectory(parts),
  };
}
