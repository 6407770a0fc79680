import { ArgsType, Field } from 'type-graphql';
import { invalidInput, type Refusal } from '../../../kernel/errors.ts';
import type { ShownProofs } from '../../../application/sessions/reauthenticate.ts';
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

@ArgsType()
export class ReauthenticateArgs extends FactorArgs {
  @Field(() => String, { nullable: true, description: 'The password of the account.' })
  password?: string | null;
}

/** Returns the factor that was given. @throws BAD_USER_INPUT unless exactly one is */
export function readFactor(args: FactorArgs): ShownFactor {
  const factor = readFactorIfAny(args);
  if (!factor) throw oneOf(FACTORS);
  return factor;
}

/** Returns the password and the factor that were given. @throws BAD_USER_INPUT without one, and for two factors */
export function readProofs({ password, ...shown }: ReauthenticateArgs): ShownProofs {
  const factor = readFactorIfAny(shown);
  if (password != null) return { password, factor };
  if (!factor) throw oneOf(['password', ...FACTORS]);
  return { password: null, factor };
}

const FACTORS = ['totp', 'recoveryCode', 'passkey'];

function readFactorIfAny({ totp, recoveryCode, passkey }: FactorArgs): ShownFactor | null {
  const given: ShownFactor[] = [
    ...(totp == null ? [] : [{ kind: 'totp', code: totp } as const]),
    ...(recoveryCode == null ? [] : [{ kind: 'recoveryCode', code: recoveryCode } as const]),
    ...(passkey == null ? [] : [{ kind: 'passkey', response: passkey } as const]),
  ];
  const [factor = null, ...more] = given;
  if (more.length > 0) throw oneOf(FACTORS);
  return factor;
}

function oneOf(names: readonly string[]): Refusal {
  return invalidInput({ field: names[0]!, code: 'ONE_OF', names });
}
