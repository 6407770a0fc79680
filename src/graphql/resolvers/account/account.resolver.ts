import { Arg, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { toLiveUser } from '../../../users/live_users.ts';
import type { UseCases } from '../../../application/use_cases.ts';
import type { Context } from '../../server/context.ts';
import { Credential } from '../../schema/credential.ts';
import { ProtectedData, RegisterInput, SessionObject, UpdateMeInput, UserObject } from '../types.ts';

/** The fields with which users read and change their own account. */
@Resolver(() => UserObject)
export class AccountResolver {
  constructor(private readonly use: Pick<UseCases, 'accounts' | 'changePassword' | 'register' | 'ownSessions'>) {}

  @Query(() => UserObject, { description: 'The account of the caller.' })
  async me(@Ctx() context: Context): Promise<UserObject> {
    return (await context.principal()).user;
  }

  @FieldResolver(() => [SessionObject], {
    nullable: true,
    description: 'The active sessions of the account, the last used first.',
  })
  async sessions(@Root() user: UserObject, @Ctx() context: Context): Promise<SessionObject[]> {
    const [{ sid }, sessions] = await Promise.all([context.principal(), context.sessionsOf(user.id)]);
    return sessions.map((session) => ({ ...session, current: session.id === sid }));
  }

  @Query(() => ProtectedData, { description: 'A greeting for any signed-in user.' })
  async protectedData(@Ctx() context: Context): Promise<ProtectedData> {
    const { fullName, username, role } = (await context.principal()).user;
    return { message: `Hello ${fullName ?? username}`, role };
  }

  @Credential()
  @Mutation(() => Boolean, { description: "Changes the caller's password and ends the caller's other sessions." })
  async changePassword(
    @Arg('currentPassword', () => String) current: string,
    @Arg('newPassword', () => String) next: string,
    @Ctx() context: Context,
  ): Promise<boolean> {
    await this.use.changePassword(await context.principal(), { current, next }, context.origin);
    return true;
  }

  @Mutation(() => UserObject, { description: "Changes the caller's own full name." })
  async updateMe(
    @Arg('input', () => UpdateMeInput) input: UpdateMeInput,
    @Ctx() context: Context,
  ): Promise<UserObject> {
    return toLiveUser(await this.use.accounts.updateOwn(input, await context.principal(), context.origin));
  }

  @Mutation(() => Boolean, {
    description:
      "Ends one of the caller's sessions. Admins can end any session. Returns false when there was no such session.",
  })
  async revokeSession(@Arg('id', () => ID) id: string, @Ctx() context: Context): Promise<boolean> {
    return this.use.ownSessions.revoke(id, await context.by());
  }

  @Credential()
  @Mutation(() => UserObject, {
    description:
      'Creates an account for the caller, when registration is open. A mail to the address says whether it belongs to another account.',
  })
  async register(
    @Arg('input', () => RegisterInput) input: RegisterInput,
    @Ctx() context: Context,
  ): Promise<UserObject> {
    return toLiveUser(await this.use.register(input, context.origin));
  }
}
