import 'reflect-metadata';
import { GraphQLDateTime } from 'graphql-scalars';
import { Field, InputType, ObjectType } from 'type-graphql';
import { UserObject } from '../types.ts';

@InputType({ description: 'The person to invite.' })
export class InviteUserInput {
  @Field(() => String)
  username!: string;

  @Field(() => String)
  email!: string;

  @Field(() => String, { nullable: true })
  fullName?: string | null;

  @Field(() => String, { nullable: true, defaultValue: 'user' })
  role?: string | null;
}

@ObjectType({
  description: 'A one-time link for another person. It is mailed, or handed over where there is no mail server.',
})
export class PasswordResetLink {
  @Field(() => String, { nullable: true, description: 'The link to hand over. Null when it was mailed.' })
  link!: string | null;

  @Field(() => String, { nullable: true, description: 'The code that the page asks for. Null when it was mailed.' })
  code!: string | null;

  @Field(() => GraphQLDateTime)
  expiresAt!: Date;
}

@ObjectType({ description: 'An invited account, and the link with which its person accepts.' })
export class Invitation extends PasswordResetLink {
  @Field(() => UserObject)
  user!: UserObject;
}
