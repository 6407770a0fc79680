import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { UseCases } from '../../../application/use_cases.ts';
import { Credential, NoCredential } from '../../schema/credential.ts';
import type { Context } from '../../server/context.ts';
import { PasskeyOptionsObject } from '../factors/passkeys.types.ts';
import { JsonScalar } from '../json_scalar.ts';
import { RefreshTokenDelivery, TokenPayload } from '../types.ts';
import { deliverSignIn } from './deliver.ts';

/** The fields with which users sign in by a passkey. */
@Resolver()
export class PasskeyLoginResolver {
  constructor(private readonly use: Pick<UseCases, 'passkeyLogin'>) {}

  @NoCredential('a ticket of 256 random bits cannot be guessed, and the options open nothing')
  @Mutation(() => PasskeyOptionsObject, {
    description:
      'Returns the options for navigator.credentials.get, for loginWithPasskey, completeLogin and reauthenticate. They are valid for five minutes.',
  })
  async startPasskeyLogin(
    @Arg('ticket', () => String, {
      nullable: true,
      description:
        'The ticket of a sign-in that the passkey continues. The options then name the passkeys of its account, and are valid only with it.',
    })
    ticket: string | null,
  ): Promise<PasskeyOptionsObject> {
    return this.use.passkeyLogin.start(ticket ?? null);
  }

  @Credential('challenge')
  @Mutation(() => TokenPayload, { description: 'Signs in with a passkey and without a name. Returns tokens.' })
  async loginWithPasskey(
    @Arg('challenge', () => String, { description: 'The challenge of the options of startPasskeyLogin.' })
    challenge: string,
    @Arg('response', () => JsonScalar, { description: 'The response of navigator.credentials.get, as JSON.' })
    response: unknown,
    @Arg('delivery', () => RefreshTokenDelivery, { nullable: true, defaultValue: RefreshTokenDelivery.BODY })
    delivery: RefreshTokenDelivery | null,
    @Ctx() context: Context,
  ): Promise<TokenPayload> {
    return deliverSignIn(context, delivery, () => this.use.passkeyLogin.login({ challenge, response }, context.origin));
  }
}
