import { Arg, Args, Ctx, Int, Mutation, Query, Resolver } from 'type-graphql';
import type { UseCases } from '../signin/use_cases.ts';
import { toLiveUser } from '../users/live_users.ts';
import { badCursor, pageSize, searchable } from './arguments.ts';
import type { Context } from './context.ts';
import { AdminDashboard, CreateUserInput, User, UserConnection, UsersArguments } from './types.ts';

/** What admins see and do. */
@Resolver()
export class AdminResolver {
  constructor(private readonly use: Pick<UseCases, 'accounts' | 'directory'>) {}

  @Query(() => AdminDashboard)
  async adminDashboard(@Ctx() context: Context): Promise<AdminDashboard> {
    const { user } = await context.principal();
    const { users, activeSessions } = await this.use.directory.totals();
    return { message: 'Welcome to the admin dashboard', user: user.username, totalUsers: users, activeSessions };
  }

  @Query(() => UserConnection, { description: 'Accounts by name.' })
  async users(@Args(() => UsersArguments) { first, after, search }: UsersArguments): Promise<UserConnection> {
    const page = await this.use.directory.users({
      first: pageSize(first),
      after: after == null ? undefined : fromCursor(after),
      search: searchable('search', search),
    });
    const edges = page.users.map((user) => ({ cursor: toCursor(user.username), node: toLiveUser(user) }));
    return {
      edges,
      totalCount: page.total,
      pageInfo: {
        hasNextPage: page.hasNext,
        hasPreviousPage: page.hasPrevious,
        startCursor: edges.at(0)?.cursor ?? null,
        endCursor: edges.at(-1)?.cursor ?? null,
      },
    };
  }

  @Query(() => User, { nullable: true, description: 'Null where there is none of that name.' })
  async user(@Arg('username', () => String) username: string): Promise<User | null> {
    const user = await this.use.directory.user(username);
    return user && toLiveUser(user);
  }

  @Mutation(() => User)
  async createUser(
    @Arg('input', () => CreateUserInput) input: CreateUserInput,
    @Ctx() context: Context,
  ): Promise<User> {
    const actor = (await context.principal()).user.username;
    const { role, ...names } = input;
    return toLiveUser(await this.use.accounts.create({ ...names, role: role ?? 'user' }, actor, context.origin));
  }

  @Mutation(() => User)
  async setUserRole(
    @Arg('username', () => String) username: string,
    @Arg('role', () => String) role: string,
    @Ctx() context: Context,
  ): Promise<User> {
    return toLiveUser(await this.use.accounts.setRole(username, role, await context.principal(), context.origin));
  }

  @Mutation(() => User, { description: 'Disabling ends the sessions at once.' })
  async setUserDisabled(
    @Arg('username', () => String) username: string,
    @Arg('disabled', () => Boolean) disabled: boolean,
    @Ctx() context: Context,
  ): Promise<User> {
    return toLiveUser(
      await this.use.accounts.setDisabled(username, disabled, await context.principal(), context.origin),
    );
  }

  @Mutation(() => User, { description: 'Ends all sessions of the account.' })
  async setUserPassword(
    @Arg('username', () => String) username: string,
    @Arg('newPassword', () => String) newPassword: string,
    @Ctx() context: Context,
  ): Promise<User> {
    return toLiveUser(
      await this.use.accounts.setPassword(username, newPassword, await context.principal(), context.origin),
    );
  }

  @Mutation(() => Int, { description: 'How many sessions were ended.' })
  async revokeUserSessions(@Arg('username', () => String) username: string, @Ctx() context: Context): Promise<number> {
    return this.use.accounts.revokeSessions(username, await context.principal(), context.origin);
  }

  @Mutation(() => User, { description: 'Forgets the failed sign-ins of the account.' })
  async unlockUser(@Arg('username', () => String) username: string, @Ctx() context: Context): Promise<User> {
    return toLiveUser(await this.use.accounts.unlock(username, await context.principal(), context.origin));
  }
}

function toCursor(username: string): string {
  return Buffer.from(username).toString('base64url');
}

function fromCursor(cursor: string): string {
  const username = Buffer.from(cursor, 'base64url').toString();
  if (!/^[a-z0-9._-]{3,64}$/.test(username)) throw badCursor();
  return username;
}
