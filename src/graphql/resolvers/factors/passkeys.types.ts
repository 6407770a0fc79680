import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ID, ObjectType } from 'type-graphql';
import { JsonScalar } from '../json_scalar.ts';

@ObjectType('Passkey', { description: 'A passkey: a key pair on a device or in a password manager of the user.' })
export class PasskeyObject {
  @Field(() => ID)
  id!: string;

  @Field(() => String, { description: 'The name that the user gave it.' })
  name!: string;

  @Field(() => GraphQLDateTime)
  createdAt!: Date;

  @Field(() => GraphQLDateTime, { nullable: true })
  lastUsedAt?: Date | null | undefined;

  @Field(() => Boolean, { description: 'True if its provider has a copy, so that it survives the loss of one device.' })
  backedUp!: boolean;
}

@ObjectType('PasskeyOptions', { description: 'The options with which a browser makes or uses a passkey.' })
export class PasskeyOptionsObject {
  @Field(() => String, { description: 'The challenge in the options, to be sent back with the response.' })
  challenge!: string;

  @Field(() => JsonScalar, {
    description:
      'The options as JSON: parseCreationOptionsFromJSON, parseRequestOptionsFromJSON and their like read it.',
  })
  options!: object;
}
