import { GraphQLDateTime } from 'graphql-scalars';
import { type GraphQLResolveInfo, OperationTypeNode } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, Info, Query, Resolver, Root } from 'type-graphql';
import type { UseCases } from '../../../application/use_cases.ts';
import { toLiveUser } from '../../../users/live_users.ts';
import { pageSize, searchable } from '../arguments.ts';
import type { Context } from '../../server/context.ts';
import { AccountRole, UserConnection, UserOrderField, UsersArguments } from './directory.types.ts';
import { UserObject } from '../types.ts';
import { fromCursor, toCursor } from './user_cursor.ts';

/** The accounts and their roles, for admins. */
@Resolver(() => UserObject)
export class DirectoryResolver {
  constructor(private readonly use: Pick<UseCases, 'directory'>) {}

  @Query(() => UserConnection, { description: 'The accounts, sorted by username unless `orderBy` says otherwise.' })
  async users(@Args(() => UsersArguments) asked: UsersArguments): Promise<UserConnection> {
    const order = { order: asked.orderBy ?? UserOrderField.USERNAME, descending: asked.descending ?? false };
    const page = await this.use.directory.users({
      ...order,
      first: pageSize(asked.first),
      after: asked.after == null ? undefined : fromCursor(asked.after, order),
      search: searchable('search', asked.search),
      role: asked.role ?? undefined,
      disabled: asked.disabled ?? undefined,
    });
    const edges = page.users.map(({ user, place }) => ({ cursor: toCursor(place, order), node: toLiveUser(user) }));
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

  @Query(() => UserObject, { nullable: true, description: 'The account with this username. Null when there is none.' })
  async user(@Arg('username', () => String) username: string): Promise<UserObject | null> {
    const user = await this.use.directory.user(username);
    return user && toLiveUser(user);
  }

  @FieldResolver(() => GraphQLDateTime, {
    nullable: true,
    description:
      'The time until which failed sign-ins block the next attempt, except from a known device. Null when not locked.',
  })
  async lockedUntil(
    @Root() { username }: UserObject,
    @Ctx() context: Context,
    @Info() { operation }: GraphQLResolveInfo,
  ): Promise<Date | null> {
    // A query shares one look-up for each account: a page of accounts has a hundred of them, each under up to thirty
    // aliases. A mutation looks the value up again, because it may have changed it.
    return operation.operation === OperationTypeNode.MUTATION
      ? this.use.directory.lockedUntil(username)
      : context.lockedUntilOf(username);
  }

  @Query(() => [AccountRole], { description: 'The roles that an account can have.' })
  accountRoles(): readonly AccountRole[] {
    return this.use.directory.roles();
  }
}
