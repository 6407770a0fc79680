import { NoSuchUser } from '../../application/accounts/no_such_user.ts';
import type { User } from '../../users/user.entity.ts';
import type { ReadServices } from '../run_read_only.ts';
import { type Column, printJson, say } from '../output.ts';

/** Returns the printed fields of an account, without the hash of its password. */
export function toRow({ id, username, role, disabled, email, fullName, createdAt, lastLoginAt }: User) {
  return {
    id,
    username,
    role,
    disabled,
    email: email ?? null,
    fullName: fullName ?? null,
    createdAt,
    lastLoginAt: lastLoginAt ?? null,
  };
}
export type UserRow = ReturnType<typeof toRow>;

export const COLUMNS: readonly Column<UserRow>[] = [
  ['username', ({ username }) => username],
  ['role', ({ role }) => role],
  ['disabled', ({ disabled }) => disabled],
  ['email', ({ email }) => email],
  ['full name', ({ fullName }) => fullName],
  ['created', ({ createdAt }) => createdAt],
  ['last login', ({ lastLoginAt }) => lastLoginAt],
];

/** Prints the result of a change, in words or as the account in JSON. */
export function tell(words: string, user: User, json?: boolean): void {
  if (json) printJson(toRow(user));
  else say(words);
}

/** Returns an account. @throws {@link NoSuchUser} */
export async function existing({ directory }: Pick<ReadServices, 'directory'>, username: string): Promise<User> {
  const user = await directory.user(username);
  if (!user) throw new NoSuchUser();
  return user;
}
