import 'reflect-metadata';
import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';

/** Where a key is in its life. */
export enum SigningKeyState {
  NEXT = 'NEXT',
  CURRENT = 'CURRENT',
  RETIRING = 'RETIRING',
}
registerEnumType(SigningKeyState, {
  name: 'SigningKeyState',
  valuesConfig: {
    NEXT: { description: 'Published, and signs nothing yet.' },
    CURRENT: { description: 'Signs.' },
    RETIRING: { description: 'Signs no more; what it signed counts until it expires.' },
  },
});

@ObjectType({ description: 'A key pair that access tokens are signed with. Of `HS256` there are none.' })
export class SigningKey {
  @Field(() => ID)
  kid!: string;

  @Field(() => String)
  algorithm!: string;

  @Field(() => SigningKeyState)
  state!: SigningKeyState;

  @Field(() => GraphQLDateTime, { description: 'Since when it is in that state.' })
  since!: Date;
}
