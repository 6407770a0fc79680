import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { toLiveUser } from '../users/live_users.ts';
import type { UseCases } from '../signin/use_cases.ts';
import type { Context } from './context.ts';
import { ProtectedData, RegisterInput, User } from './types.ts';

/** What people do with their own account. */
@Resolver()
export class AccountResolver {
  constructor(private readonly use: Pick<UseCases, 'changePassword' | 'register'>) {}

  @Query(() => User, { description: 'Whose token this is.' })
  async me(@Ctx() context: Context): Promise<User> {
    return (await context.principal()).user;
  }

  @Query(() => ProtectedData)
  async protectedData(@Ctx() context: Context): Promise<ProtectedData> {
    const { fullName, username, role } = (await context.principal()).user;
    return { message: `Hello ${fullName ?? username}`, role };
  }

  @Mutation(() => Boolean, { description: 'Gives the caller another password and ends their other sessions.' })
  async changePassword(
    @Arg('currentPassword', () => String) current: string,
    @Arg('newPassword', () => String) next: string,
    @Ctx() context: Context,
  ): Promise<boolean> {
    await this.use.changePassword(await context.principal(), { current, next }, context.origin);
    return true;
  }

  @Mutation(() => User, { description: 'Makes an account for the caller, where registration is open.' })
  async register(@Arg('input', () => RegisterInput) input: RegisterInput, @Ctx() context: Context): Promise<User> {
    return toLiveUser(await this.use.register(input, context.origin));
  }
}
