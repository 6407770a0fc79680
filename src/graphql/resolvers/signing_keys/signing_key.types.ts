import 'reflect-metadata';
import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';

/** The phases of a signing key. */
export enum SigningKeyState {
  NEXT = 'NEXT',
  CURRENT = 'CURRENT',
  RETIRING = 'RETIRING',
}
registerEnumType(SigningKeyState, {
  name: 'SigningKeyState',
  valuesConfig: {
    NEXT: { description: 'Published, but does not sign yet.' },
    CURRENT: { description: 'Signs new tokens.' },
    RETIRING: { description: 'Does not sign any more. Tokens signed with it stay valid until they expire.' },
  },
});

@ObjectType('SigningKey', { description: 'A key pair that signs access tokens. With `HS256` there are no key pairs.' })
export class SigningKeyObject {
  @Field(() => ID)
  kid!: string;

  @Field(() => String)
  algorithm!: string;

  @Field(() => SigningKeyState)
  state!: SigningKeyState;

  @Field(() => GraphQLDateTime, { description: 'The time at which the key entered its state.' })
  since!: Date;
}
