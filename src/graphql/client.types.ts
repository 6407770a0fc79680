import 'reflect-metadata';
import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ID, InputType, ObjectType } from 'type-graphql';

@ObjectType({ description: 'A program that is registered.' })
export class Client {
  @Field(() => ID, { description: 'The `client_id`.' })
  id!: string;

  @Field(() => String, { description: 'As people read it when they are asked to allow it.' })
  name!: string;

  @Field(() => Boolean, { description: 'Whether it is one that can keep no secret.' })
  public!: boolean;

  @Field(() => Boolean, { description: 'Whether it has to use PKCE for authorization codes.' })
  pkce!: boolean;

  @Field(() => [String])
  redirectUris!: string[];

  @Field(() => [String])
  grantTypes!: string[];

  @Field(() => [String], { description: 'The most it may be granted.' })
  scopes!: string[];

  @Field(() => GraphQLDateTime)
  createdAt!: Date;
}

@ObjectType()
export class CreatedClient {
  @Field(() => Client)
  client!: Client;

  @Field(() => String, { nullable: true, description: 'Told once. Null for a public client.' })
  secret!: string | null;
}

@InputType()
export class CreateClientInput {
  @Field(() => String)
  name!: string;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description: 'Without a secret: for programs in a browser, on a phone or on a desk.',
  })
  public?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: true,
    description: 'False lets a client with a secret ask for codes with `state` instead of PKCE.',
  })
  pkce?: boolean | null;

  @Field(() => [String], { nullable: true, defaultValue: [] })
  redirectUris?: string[] | null;

  @Field(() => [String], {
    description: '`authorization_code`, `refresh_token`, `client_credentials`, `password`.',
  })
  grantTypes!: string[];

  @Field(() => [String], { nullable: true, defaultValue: [] })
  scopes?: string[] | null;
}
