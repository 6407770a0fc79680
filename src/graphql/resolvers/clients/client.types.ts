import 'reflect-metadata';
import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ID, InputType, ObjectType } from 'type-graphql';

@ObjectType('Client', { description: 'A registered OAuth client.' })
export class ClientObject {
  @Field(() => ID, { description: 'The `client_id`.' })
  id!: string;

  @Field(() => String, { description: 'The name shown to users on the consent page.' })
  name!: string;

  @Field(() => Boolean, { description: 'True for a client that cannot keep a secret.' })
  public!: boolean;

  @Field(() => Boolean, { description: 'True when authorization codes require PKCE.' })
  pkce!: boolean;

  @Field(() => [String])
  redirectUris!: string[];

  @Field(() => [String])
  grantTypes!: string[];

  @Field(() => [String], { description: 'The scopes that can be granted to the client at most.' })
  scopes!: string[];

  @Field(() => GraphQLDateTime)
  createdAt!: Date;
}

@ObjectType()
export class CreatedClient {
  @Field(() => ClientObject)
  client!: ClientObject;

  @Field(() => String, { nullable: true, description: 'The client secret, shown only once. Null for a public client.' })
  secret!: string | null;
}

@InputType()
export class CreateClientInput {
  @Field(() => String)
  name!: string;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description: 'True for a client without a secret: an application in a browser, on a phone or on a desktop.',
  })
  public?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: true,
    description: 'False allows a client with a secret to request codes with `state` instead of PKCE.',
  })
  pkce?: boolean | null;

  @Field(() => [String], { nullable: true, defaultValue: [] })
  redirectUris?: string[] | null;

  @Field(() => [String], {
    description: 'Any of `authorization_code`, `refresh_token`, `client_credentials` and `password`.',
  })
  grantTypes!: string[];

  @Field(() => [String], { nullable: true, defaultValue: [] })
  scopes?: string[] | null;
}
