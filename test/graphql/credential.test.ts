import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import {
  Arg,
  buildSchemaSync,
  Field,
  FieldResolver,
  InputType,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { Credential, NoCredential, readCredentials } from '../../src/graphql/schema/credential.ts';
import { buildShieldedSchema } from '../../src/graphql/schema/schema.ts';
import type { UseCases } from '../../src/application/use_cases.ts';

@InputType()
class Factor {
  @Field(() => String, { nullable: true })
  recoveryCode?: string;

  /** An input type that refers to itself. */
  @Field(() => Factor, { nullable: true })
  next?: Factor;
}

@InputType()
class Proof {
  @Field(() => Factor)
  factor!: Factor;

  @Field(() => String)
  name!: string;
}

@ObjectType()
class Account {
  @Field(() => String)
  name!: string;
}

@Resolver()
class Plain {
  @Query(() => String)
  name(@Arg('name', () => String) name: string): string {
    return name;
  }
}

@Resolver()
class Unmarked {
  @Mutation(() => Boolean)
  verify(@Arg('otp', () => String) otp: string): boolean {
    return otp === '';
  }

  @Query(() => Boolean)
  isProven(@Arg('proofs', () => [Proof]) proofs: Proof[]): boolean {
    return proofs.length > 0;
  }
}

@Resolver(() => Account)
class Nested {
  @Query(() => Account)
  account(): Account {
    return { name: '' };
  }

  @Credential()
  @FieldResolver(() => Boolean)
  isToken(@Root() { name }: Account, @Arg('token', () => String) token: string): boolean {
    return token === name;
  }
}

@Resolver()
class Marked {
  @Credential('answer')
  @Mutation(() => Boolean)
  recover(@Arg('answer', () => String) answer: string, @Arg('proof', () => Proof) proof: Proof): boolean {
    return answer === proof.name;
  }

  @NoCredential('compared with nothing')
  @Mutation(() => Boolean)
  choose(@Arg('password', () => String) password: string): boolean {
    return password !== '';
  }
}

@Resolver()
class WronglyMarked {
  @Credential('answer')
  @Mutation(() => Boolean)
  recover(@Arg('password', () => String) password: string): boolean {
    return password === '';
  }

  @NoCredential(' ')
  @Mutation(() => Boolean)
  choose(@Arg('password', () => String) password: string): boolean {
    return password === '';
  }

  @NoCredential('it took a secret in an earlier version')
  @Mutation(() => Boolean)
  rename(@Arg('name', () => String) name: string): boolean {
    return name === '';
  }
}

const read = (...resolvers: (new () => object)[]) =>
  readCredentials(buildSchemaSync({ resolvers: [Plain, ...resolvers] as never, validate: false }));

describe('a resolver that takes a secret', () => {
  it('stops the start without a mark, with an error that names the field and its secrets', () => {
    expect(() => read(Unmarked)).toThrow('Mutation.verify takes otp');
    expect(() => read(Unmarked)).toThrow('Query.isProven takes proofs.factor.recoveryCode');
  });

  it('is counted if it allows guessing, and its inputs are secret with both marks', () => {
    const { fields, inputs } = read(Marked);
    expect([...fields]).toEqual(['Mutation.recover']);
    expect([...inputs].sort()).toEqual(['answer', 'password', 'recoveryCode']);
  });

  it('stops the start with a wrong mark', () => {
    for (const fault of [
      'Mutation.recover names answer in @Credential()',
      'Mutation.choose needs a reason',
      'Mutation.rename is marked, and takes no secret',
    ]) {
      expect(() => read(WronglyMarked)).toThrow(fault);
    }
    expect(() => read(Nested)).toThrow('Account.isToken takes credentials');
  });
});

it('counts the fields of the schema that take a password or a refresh token', () => {
  const schema = buildShieldedSchema({} as UseCases, {
    registrationOpen: false,
    passkeys: true,
    passwordReset: false,
    factors: { allowed: true, required: [] },
    supergraph: async () => null,
  });
  const { fields, inputs } = readCredentials(schema);
  expect([...fields].sort()).toEqual([
    'Mutation.acceptInvitation',
    'Mutation.changePassword',
    'Mutation.completeLogin',
    'Mutation.confirmTotp',
    'Mutation.login',
    'Mutation.loginWithPasskey',
    'Mutation.reauthenticate',
    'Mutation.refresh',
    'Mutation.register',
    'Mutation.resetPassword',
    'Mutation.setUserPassword',
    'Mutation.undoEmailChange',
    'Mutation.verifyEmail',
  ]);
  expect([...inputs].sort()).toEqual([
    'challenge',
    'code',
    'currentPassword',
    'newPassword',
    'password',
    'recoveryCode',
    'refreshToken',
    'ticket',
    'token',
    'totp',
  ]);
});
