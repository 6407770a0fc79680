import { Arg, Ctx, Int, Mutation, Query, Resolver } from 'type-graphql';
import { NoSuchUser } from '../../../application/accounts/no_such_user.ts';
import type { UseCases } from '../../../application/use_cases.ts';
import { toLiveUser } from '../../../users/live_users.ts';
import type { Context } from '../../server/context.ts';
import { Credential, NoCredential } from '../../schema/credential.ts';
import { AdminDashboard, CreateUserInput, UpdateUserInput, UserObject } from '../types.ts';

/** The fields with which admins manage accounts. */
@Resolver()
export class AdminResolver {
  constructor(private readonly use: Pick<UseCases, 'accounts' | 'directory' | 'resetFactors'>) {}

  @Query(() => AdminDashboard, { description: 'A greeting and totals for admins.' })
  async adminDashboard(@Ctx() context: Context): Promise<AdminDashboard> {
    const { user } = await context.principal();
    const { users, activeSessions } = await this.use.directory.totals();
    return { message: 'Welcome to the admin dashboard', user: user.username, totalUsers: users, activeSessions };
  }

  @NoCredential('only admins reach it, and the password is compared with none')
  @Mutation(() => UserObject, { description: 'Creates an account.' })
  async createUser(
    @Arg('input', () => CreateUserInput) input: CreateUserInput,
    @Ctx() context: Context,
  ): Promise<UserObject> {
    const { role, ...names } = input;
    const wanted = { ...names, role: role ?? 'user' };
    return toLiveUser(await this.use.accounts.create(wanted, await context.by()));
  }

  @Mutation(() => UserObject, { description: 'Changes the full name or the e-mail address of an account.' })
  async updateUser(
    @Arg('username', () => String) username: string,
    @Arg('input', () => UpdateUserInput) input: UpdateUserInput,
    @Ctx() context: Context,
  ): Promise<UserObject> {
    return toLiveUser(await this.use.accounts.update(username, input, await context.by()));
  }

  @Mutation(() => UserObject, { description: 'Changes the role of an account.' })
  async setUserRole(
    @Arg('username', () => String) username: string,
    @Arg('role', () => String) role: string,
    @Ctx() context: Context,
  ): Promise<UserObject> {
    return toLiveUser(await this.use.accounts.setRole(username, role, await context.by()));
  }

  @Mutation(() => UserObject, { description: 'Disables or enables an account. Disabling ends its sessions at once.' })
  async setUserDisabled(
    @Arg('username', () => String) username: string,
    @Arg('disabled', () => Boolean) disabled: boolean,
    @Ctx() context: Context,
  ): Promise<UserObject> {
    return toLiveUser(await this.use.accounts.setDisabled(username, disabled, await context.by()));
  }

  @Credential()
  @Mutation(() => UserObject, { description: 'Sets a new password and ends all sessions of the account.' })
  async setUserPassword(
    @Arg('username', () => String) username: string,
    @Arg('newPassword', () => String) newPassword: string,
    @Ctx() context: Context,
  ): Promise<UserObject> {
    return toLiveUser(await this.use.accounts.setPassword(username, newPassword, await context.by()));
  }

  @Mutation(() => UserObject, {
    description:
      'Removes the second factors and recovery codes of an account whose user lost them, and ends its sessions. The reason is recorded.',
  })
  async resetUserFactors(
    @Arg('username', () => String) username: string,
    @Arg('reason', () => String) reason: string,
    @Ctx() context: Context,
  ): Promise<UserObject> {
    return toLiveUser(await this.use.resetFactors(username, reason, await context.by()));
  }

  @Mutation(() => Int, { description: 'Ends all sessions of an account. Returns the number of ended sessions.' })
  async revokeUserSessions(@Arg('username', () => String) username: string, @Ctx() context: Context): Promise<number> {
    return this.use.accounts.revokeSessions(username, await context.by());
  }

  @Mutation(() => UserObject, { description: 'Clears the failed sign-ins of an account.' })
  async unlockUser(@Arg('username', () => String) username: string, @Ctx() context: Context): Promise<UserObject> {
    return toLiveUser(await this.use.accounts.unlock(username, await context.by()));
  }

  @Mutation(() => Boolean, {
    description:
      'Deletes an account permanently, ends its sessions and denies its tokens. The username is never assigned again. ' +
      'Returns false when there was no such account.',
  })
  async deleteUser(@Arg('username', () => String) username: string, @Ctx() context: Context): Promise<boolean> {
    try {
      await this.use.accounts.remove(username, await context.by());
      return true;
    } catch (error) {
      if (error instanceof NoSuchUser) return false;
      throw error;
    }
  }
}
