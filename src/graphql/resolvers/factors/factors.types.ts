import { Field, Int, ObjectType } from 'type-graphql';
import { PasskeyObject } from './passkeys.types.ts';

@ObjectType('Factors', { description: 'The ways in which the user of an account can prove who they are.' })
export class FactorsObject {
  @Field(() => Boolean)
  password!: boolean;

  @Field(() => Boolean, { description: 'True if an authenticator app is set up and confirmed.' })
  totp!: boolean;

  @Field(() => [PasskeyObject], { description: 'The passkeys, the oldest first.' })
  passkeys!: readonly PasskeyObject[];

  @Field(() => Int, { description: 'The recovery codes that were not used.' })
  recoveryCodesLeft!: number;
}

@ObjectType('TotpEnrolment', {
  description: 'The secret of a new authenticator app. It counts once a code of it was confirmed.',
})
export class TotpEnrolmentObject {
  @Field(() => String, { description: 'The secret in base32, to be typed into an app.' })
  secret!: string;

  @Field(() => String, { description: 'The `otpauth://` address that apps understand.' })
  uri!: string;

  @Field(() => String, { description: 'The address as a QR code: an SVG without styles and scripts.' })
  qrCode!: string;
}
