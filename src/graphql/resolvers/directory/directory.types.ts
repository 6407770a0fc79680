import 'reflect-metadata';
import { ArgsType, Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { PageInfo, UserObject } from '../types.ts';

@ObjectType()
export class UserEdge {
  @Field(() => String)
  cursor!: string;

  @Field(() => UserObject)
  node!: UserObject;
}

@ObjectType()
export class UserConnection {
  @Field(() => [UserEdge])
  edges!: UserEdge[];

  @Field(() => PageInfo)
  pageInfo!: PageInfo;

  @Field(() => Int)
  totalCount!: number;
}

/** The fields that can sort accounts. */
export enum UserOrderField {
  USERNAME = 'USERNAME',
  EMAIL = 'EMAIL',
  FULL_NAME = 'FULL_NAME',
  ROLE = 'ROLE',
  CREATED_AT = 'CREATED_AT',
  LAST_LOGIN_AT = 'LAST_LOGIN_AT',
}
registerEnumType(UserOrderField, {
  name: 'UserOrderField',
  description: 'The sort order of accounts. Accounts with equal values are sorted by username.',
  valuesConfig: {
    FULL_NAME: { description: 'Accounts without a full name come first.' },
    LAST_LOGIN_AT: { description: 'Accounts that never signed in come first.' },
  },
});

@ArgsType()
export class UsersArguments {
  @Field(() => Int, { nullable: true, defaultValue: 50, description: 'The page size, 1 to 100.' })
  first!: number | null;

  @Field(() => String, {
    nullable: true,
    description: 'A cursor of the same sort order. Returns the accounts after it.',
  })
  after?: string | null;

  @Field(() => String, { nullable: true, description: 'A part of the username, full name or e-mail address.' })
  search?: string | null;

  @Field(() => UserOrderField, { nullable: true, defaultValue: UserOrderField.USERNAME })
  orderBy!: UserOrderField | null;

  @Field(() => Boolean, { nullable: true, defaultValue: false, description: 'Reverses the sort order.' })
  descending!: boolean | null;

  @Field(() => String, { nullable: true })
  role?: string | null;

  @Field(() => Boolean, { nullable: true })
  disabled?: boolean | null;
}

@ObjectType({ description: 'A role and the scopes that it grants.' })
export class AccountRole {
  @Field(() => String)
  name!: string;

  @Field(() => [String], { description: '`*` stands for every scope.' })
  scopes!: readonly string[];
}
