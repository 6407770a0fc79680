import 'reflect-metadata';
import { GraphQLDateTime } from 'graphql-scalars';
import { Directive, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';

/** The ways to deliver a refresh token: in the answer, or in an HttpOnly cookie that no script can read. */
export enum RefreshTokenDelivery {
  BODY = 'BODY',
  COOKIE = 'COOKIE',
}
registerEnumType(RefreshTokenDelivery, {
  name: 'RefreshTokenDelivery',
  description: 'The way in which the refresh token is delivered.',
  valuesConfig: {
    BODY: { description: 'In the response, for programs that can store it safely.' },
    COOKIE: { description: 'In an HttpOnly cookie that scripts cannot read, for browsers.' },
  },
});

@ObjectType({ description: 'The tokens issued for a password or a refresh token.' })
export class TokenPayload {
  @Field(() => String)
  accessToken!: string;

  @Field(() => String, { description: '`bearer` (RFC 6750).' })
  tokenType!: string;

  @Field(() => Int, { description: 'The lifetime of the access token, in seconds.' })
  expiresIn!: number;

  @Field(() => String, { nullable: true, description: 'Valid for one refresh. Null when it is delivered in a cookie.' })
  refreshToken!: string | null;
}

@Directive('@key(fields: "username")')
@Directive('@key(fields: "id")')
@ObjectType('User', {
  description: 'An account. Only its user and admins can read more than id, username and fullName.',
})
export class UserObject {
  @Field(() => ID)
  id!: string;

  @Field(() => String)
  username!: string;

  // Other subgraphs that store the name too can offer it with `@provides`.
  @Directive('@shareable')
  @Field(() => String, { nullable: true })
  fullName!: string | null;

  @Field(() => String, { nullable: true })
  email!: string | null;

  @Field(() => Boolean, { nullable: true, description: 'True when the owner of the e-mail address confirmed it.' })
  emailVerified!: boolean;

  @Field(() => Boolean, { nullable: true })
  disabled!: boolean;

  @Field(() => String, { nullable: true })
  role!: string;

  @Field(() => GraphQLDateTime, { nullable: true })
  createdAt!: Date;

  @Field(() => GraphQLDateTime, { nullable: true })
  lastLoginAt!: Date | null;
}

@ObjectType('Session', { description: 'A sign-in on one device or by one program.' })
export class SessionObject {
  @Field(() => ID)
  id!: string;

  @Field(() => GraphQLDateTime)
  createdAt!: Date;

  @Field(() => GraphQLDateTime, { description: 'The time of the last refresh.' })
  lastUsedAt!: Date;

  @Field(() => GraphQLDateTime, { description: 'The time at which the session ends. Refreshing does not extend it.' })
  expiresAt!: Date;

  @Field(() => String, { description: 'The IP address that opened the session.' })
  address!: string;

  @Field(() => String, { nullable: true })
  userAgent!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The OAuth client that holds the session. Null without a client.',
  })
  client!: string | null;

  @Field(() => Boolean, { description: 'True for the session that makes this request.' })
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

/** The page type of the Relay connection specification, shareable because other subgraphs have the same one. */
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

@InputType()
export class CreateUserInput extends RegisterInput {
  @Field(() => String, { nullable: true, defaultValue: 'user' })
  role?: string | null;
}

@InputType({ description: 'The fields that users change of their own profile. An omitted field keeps its value.' })
export class UpdateMeInput {
  @Field(() => String, { nullable: true, description: 'Null removes the full name.' })
  fullName?: string | null;
}

@InputType({ description: 'The profile fields to change. An omitted field keeps its value.' })
export class UpdateUserInput {
  @Field(() => String, { nullable: true, description: 'In force at once, but not verified. Cannot be null.' })
  email?: string | null;

  @Field(() => String, { nullable: true, description: 'Null removes the full name.' })
  fullName?: string | null;
}
