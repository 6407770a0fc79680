import { ArgsType, Field } from 'type-graphql';
import { invalidInput } from '../../../kernel/errors.ts';
import type { ShownFactor } from '../../../application/authentication/steps/second_factor.ts';
import { JsonScalar } from '../json_scalar.ts';
import { RefreshTokenDelivery } from '../types.ts';

/** The arguments that present a second factor; exactly one of them is given. */
@ArgsType()
export class FactorArgs {
  @Field(() => String, { nullable: true, description: 'The code that the authenticator app shows.' })
  totp?: string | null;

  @Field(() => String, { nullable: true, description: 'One of the recovery codes. It is used up.' })
  recoveryCode?: string | null;

  @Field(() => JsonScalar, {
    nullable: true,
    description: 'The response of navigator.credentials.get to the options of startPasskeyLogin, as JSON.',
  })
  passkey?: unknown;
}

@ArgsType()
export class CompleteLoginArgs extends FactorArgs {
  @Field(() => String, { description: 'The ticket of the refusal SECOND_FACTOR_REQUIRED.' })
  ticket!: string;

  @Field(() => RefreshTokenDelivery, { nullable: true, defaultValue: RefreshTokenDelivery.BODY })
  delivery!: RefreshTokenDelivery | null;
}

/** Returns the factor that was given. @throws BAD_USER_INPUT unless exactly one is */
export function readFactor({ totp, recoveryCode, passkey }: FactorArgs): ShownFactor {
  const given: ShownFactor[] = [
    ...(totp == null ? [] : [{ kind: 'totp', code: totp } as const]),
    ...(recoveryCode == null ? [] : [{ kind: 'recoveryCode', code: recoveryCode } as const]),
    ...(passkey == null ? [] : [{ kind: 'passkey', response: passkey } as const]),
  ];
  const [factor, ...more] = given;
  if (!factor || more.length > 0) {
    throw invalidInput({ field: 'totp', code: 'ONE_OF', names: ['totp', 'recoveryCode', 'passkey'] });
  }
  return factor;
}
