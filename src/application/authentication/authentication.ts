import type { Assurance } from '../../tokens/assurance.ts';

/** The use of a verified password: a sign-in, its repetition within a session, or the change of one's own password. */
export type PasswordPurpose = 'sign-in' | 'reauthentication' | 'password-change';

/**
 * The methods of proof, by their names in `amr` (RFC 8176): a password, a one-time code (of an authenticator or a
 * recovery code), a passkey in hardware or software, and the presence of the user that a passkey verified itself.
 */
export type AuthenticationMethod = 'pwd' | 'otp' | 'hwk' | 'swk' | 'user';

/**
 * The result of the steps of a sign-in: data that can be kept between two requests. It permits nothing by itself:
 * `openSession` checks again that the account is still as it was.
 */
export interface Authentication {
  /** The id of the account. */
  readonly userId: string;
  readonly username: string;
  /** The account's `deviceEpoch` when the steps were proven. A changed password and a stolen token raise it. */
  readonly epoch: number;
  readonly methods: readonly AuthenticationMethod[];
  /** The time of the last step. */
  readonly at: Date;
}

const POSSESSED: readonly AuthenticationMethod[] = ['otp', 'hwk', 'swk'];
const KNOWN: readonly AuthenticationMethod[] = ['pwd', 'user'];

/** Returns the level of assurance: two for something that the user has, together with something known or verified. */
export function assuranceOf({ methods }: Pick<Authentication, 'methods'>): Assurance {
  const has = (kind: readonly AuthenticationMethod[]) => methods.some((method) => kind.includes(method));
  return has(POSSESSED) && has(KNOWN) ? 2 : 1;
}

/** Returns the claim `amr` (RFC 8176): the methods, and `mfa` for two factors. */
export function amrOf(authentication: Pick<Authentication, 'methods'>): readonly string[] {
  return assuranceOf(authentication) === 2 ? [...authentication.methods, 'mfa'] : authentication.methods;
}
