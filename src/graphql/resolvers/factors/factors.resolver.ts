import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import type { UseCases } from '../../../application/use_cases.ts';
import { Credential } from '../../schema/credential.ts';
import type { Context } from '../../server/context.ts';
import { UserObject } from '../types.ts';
import { FactorsObject, TotpEnrolmentObject } from './factors.types.ts';

/** The fields with which users see and change their own factors. */
@Resolver(() => UserObject)
export class FactorsResolver {
  constructor(private readonly use: Pick<UseCases, 'totp' | 'renewRecoveryCodes'>) {}

  @FieldResolver(() => FactorsObject, {
    nullable: true,
    description: 'The password, the second factors and the recovery codes of the account.',
  })
  async factors(@Root() user: UserObject, @Ctx() context: Context): Promise<FactorsObject> {
    return context.factorsOf(user.id);
  }

  @Mutation(() => TotpEnrolmentObject, {
    description:
      'Makes the secret of a new authenticator app. It counts once confirmTotp was called in the same session within half an hour. An app that is set up stays valid until then.',
  })
  async startTotp(@Ctx() context: Context): Promise<TotpEnrolmentObject> {
    return this.use.totp.start(await context.enrollee(), context.origin);
  }

  @Credential()
  @Mutation(() => [String], {
    description:
      'Sets up the authenticator app of startTotp by the code that it shows. Returns ten recovery codes, which are shown only here and replace all earlier ones.',
  })
  async confirmTotp(@Arg('code', () => String) code: string, @Ctx() context: Context): Promise<readonly string[]> {
    return this.use.totp.confirm(await context.enrollee(), code, context.origin);
  }

  @Mutation(() => Boolean, {
    description:
      'Removes the authenticator app, and with the last second factor the recovery codes. Returns false when there was none.',
  })
  async removeTotp(@Ctx() context: Context): Promise<boolean> {
    return this.use.totp.remove(await context.principal(), context.origin);
  }

  @Mutation(() => [String], {
    description: 'Replaces the recovery codes. Returns ten new ones, which are shown only here.',
  })
  async renewRecoveryCodes(@Ctx() context: Context): Promise<readonly string[]> {
    return this.use.renewRecoveryCodes(await context.principal(), context.origin);
  }
}
