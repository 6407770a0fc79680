import type { SecurityQuery } from './documents.ts';

export type Factors = NonNullable<SecurityQuery['me']['factors']>;
export type Passkey = Factors['passkeys'][number];

/** Returns whether the account can do without its password, as the server will judge it. */
export const canLosePassword = ({ password, passkeys, recoveryCodesLeft }: Factors): boolean =>
  password && (passkeys.length > 1 || (passkeys.length === 1 && recoveryCodesLeft > 0));
