import 'reflect-metadata';
import { GraphQLDateTime } from 'graphql-scalars';
import { Directive, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';

/** Where a refresh token goes: into the answer, or into an HttpOnly cookie that no script can read. */
export enum RefreshTokenDelivery {
  BODY = 'BODY',
  COOKIE = 'COOKIE',
}
registerEnumType(RefreshTokenDelivery, {
  name: 'RefreshTokenDelivery',
  description: 'Where the refresh token goes.',
  valuesConfig: {
    BODY: { description: 'Into the answer: for programs that keep it safe.' },
    COOKIE: { description: 'Into an HttpOnly cookie that no script can read: for browsers.' },
  },
});

@ObjectType({ description: 'What a password or a refresh token is exchanged for.' })
export class TokenPayload {
  @Field(() => String)
  accessToken!: string;

  @Field(() => String, { description: '`bearer` (RFC 6750).' })
  tokenType!: string;

  @Field(() => Int, { description: 'Seconds the access token lives.' })
  expiresIn!: number;

  @Field(() => String, { nullable: true, description: 'Good for one refresh. Null where a cookie carries it.' })
  refreshToken!: string | null;
}

@Directive('@key(fields: "username")')
@Directive('@key(fields: "id")')
@ObjectType({ description: "An account. Beyond id, username and fullName: the user's own and admins' only." })
export class User {
  @Field(() => ID)
  id!: string;

  @Field(() => String)
  username!: string;

  // Others may have it beside a name, and `@provides` it.
  @Directive('@shareable')
  @Field(() => String, { nullable: true })
  fullName!: string | null;

  @Field(() => String, { nullable: true })
  email!: string | null;

  @Field(() => Boolean, { nullable: true })
  disabled!: boolean;

  @Field(() => String, { nullable: true })
  role!: string;

  @Field(() => GraphQLDateTime, { nullable: true })
  createdAt!: Date;

  @Field(() => GraphQLDateTime, { nullable: true })
  lastLoginAt!: Date | null;
}

@ObjectType({ description: 'One sign-in on one device, or by one program.' })
export class Session {
  @Field(() => ID)
  id!: string;

  @Field(() => GraphQLDateTime)
  createdAt!: Date;

  @Field(() => GraphQLDateTime, { description: 'When it was refreshed last.' })
  lastUsedAt!: Date;

  @Field(() => GraphQLDateTime, { description: 'When it ends, however often it is refreshed.' })
  expiresAt!: Date;

  @Field(() => String, { description: 'From where it was opened.' })
  address!: string;

  @Field(() => String, { nullable: true })
  userAgent!: string | null;

  @Field(() => String, { nullable: true, description: 'The registered client that holds it. Null without one.' })
  client!: string | null;

  @Field(() => Boolean, { description: 'Whether it is the one that asks.' })
  current!: boolean;
}

@ObjectType()
export class ProtectedData {
  @Field(() => String)
  message!: string;

  @Field(() => String)
  role!: string;
}

@ObjectType()
export class AdminDashboard {
  @Field(() => String)
  message!: string;

  @Field(() => String)
  user!: string;

  @Field(() => Int)
  totalUsers!: number;

  @Field(() => Int)
  activeSessions!: number;
}

/** The same in every graph that has pages. */
@Directive('@shareable')
@ObjectType()
export class PageInfo {
  @Field(() => Boolean)
  hasNextPage!: boolean;

  @Field(() => Boolean)
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true })
  startCursor!: string | null;

  @Field(() => String, { nullable: true })
  endCursor!: string | null;
}

@InputType()
export class CreateUserInput {
  @Field(() => String)
  username!: string;

  @Field(() => String)
  email!: string;

  @Field(() => String)
  password!: string;

  @Field(() => String, { nullable: true })
  fullName?: string | null;

  @Field(() => String, { nullable: true, defaultValue: 'user' })
  role?: string | null;
}

@InputType()
export class RegisterInput {
  @Field(() => String)
  username!: string;

  @Field(() => String)
  email!: string;

  @Field(() => String)
  password!: string;

  @Field(() => String, { nullable: true })
  fullName?: string | null;
}

@InputType({ description: 'What is left out stays as it is.' })
export class UpdateUserInput {
  @Field(() => String, { nullable: true, description: 'Nobody is without one: not null.' })
  email?: string | null;

  @Field(() => String, { nullable: true, description: 'Null: none.' })
  fullName?: string | null;
}
