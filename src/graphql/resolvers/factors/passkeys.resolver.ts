import { Arg, Ctx, ID, Mutation, Resolver } from 'type-graphql';
import type { UseCases } from '../../../application/use_cases.ts';
import type { Context } from '../../server/context.ts';
import { JsonScalar } from '../json_scalar.ts';
import { PasskeyObject, PasskeyOptionsObject } from './passkeys.types.ts';

/** The fields with which users change their own passkeys. */
@Resolver()
export class PasskeysResolver {
  constructor(private readonly use: Pick<UseCases, 'passkeys' | 'removePassword'>) {}

  @Mutation(() => PasskeyOptionsObject, {
    description:
      'Returns the options for navigator.credentials.create. They are valid for ten minutes, in the same session, until a factor is changed.',
  })
  async startPasskey(@Ctx() context: Context): Promise<PasskeyOptionsObject> {
    return this.use.passkeys.start(await context.enrollee(), context.origin);
  }

  @Mutation(() => PasskeyObject, {
    description: 'Adds the passkey that a browser made of the options of startPasskey.',
  })
  async addPasskey(
    @Arg('challenge', () => String) challenge: string,
    @Arg('name', () => String, { description: 'A name by which the user recognises the passkey.' }) name: string,
    @Arg('response', () => JsonScalar, { description: 'The response of navigator.credentials.create, as JSON.' })
    response: unknown,
    @Ctx() context: Context,
  ): Promise<PasskeyObject> {
    const shown = { challenge, name, response };
    return this.use.passkeys.add(await context.enrollee(), shown, context.origin);
  }

  @Mutation(() => PasskeyObject, { description: "Renames one of the caller's passkeys." })
  async renamePasskey(
    @Arg('id', () => ID) id: string,
    @Arg('name', () => String) name: string,
    @Ctx() context: Context,
  ): Promise<PasskeyObject> {
    return this.use.passkeys.rename(await context.principal(), { id, name }, context.origin);
  }

  @Mutation(() => Boolean, {
    description:
      "Removes one of the caller's passkeys, and with the last second factor the recovery codes. An account without a password keeps two passkeys, or one and recovery codes.",
  })
  async removePasskey(@Arg('id', () => ID) id: string, @Ctx() context: Context): Promise<boolean> {
    await this.use.passkeys.remove(await context.principal(), id, context.origin);
    return true;
  }

  @Mutation(() => Boolean, {
    description:
      "Removes the caller's password. The account needs two passkeys, or one and recovery codes. Returns false when there was none.",
  })
  async removePassword(@Ctx() context: Context): Promise<boolean> {
    return this.use.removePassword(await context.principal(), context.origin);
  }
}
