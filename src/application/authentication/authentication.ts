/** The use of a verified password: a sign-in, or the change of one's own password. */
export type PasswordPurpose = 'sign-in' | 'password-change';

/** The methods of proof, by their names in `amr` (RFC 8176). */
export type AuthenticationMethod = 'pwd';

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

/** Levels of assurance: 1 for one factor, 2 for two. */
export type Assurance = 1 | 2;

/** Returns the level of assurance of an authentication. */
export function assuranceOf({ methods }: Pick<Authentication, 'methods'>): Assurance {
  return methods.length > 1 ? 2 : 1;
}
