import type { AuthError, SignInContinuation, RequiredAuthentication } from './auth_error.ts';

/** Exactly one second factor. */
export type SecondFactor =
  | { readonly totp: string }
  | { readonly recoveryCode: string }
  /** The response of `navigator.credentials.get` as JSON. With `true`, the client runs the dialog of the browser. */
  | { readonly passkey: unknown };

/** A sign-in with the right password that waits for a second factor. */
export interface SecondFactorQuestion extends Pick<SignInContinuation, 'methods' | 'expiresIn'> {
  /** The refusal of the last answer, such as a wrong code; undefined at the first time. */
  readonly failure: AuthError | undefined;
}

/** Asks the person for a second factor. With `undefined`, the sign-in fails with `SECOND_FACTOR_REQUIRED`. */
export type OnSecondFactor = (
  question: SecondFactorQuestion,
) => SecondFactor | undefined | Promise<SecondFactor | undefined>;

/** An operation that needs a newer or a stronger authentication. */
export interface ReauthenticationQuestion extends RequiredAuthentication {
  /** The refusal of the last answer; undefined at the first time. */
  readonly failure: AuthError | undefined;
}

/** The factors that confirm who the user is: one, or a password with a second factor. */
export interface Reauthentication {
  readonly password?: string;
  readonly totp?: string;
  readonly recoveryCode?: string;
  /** The response of `navigator.credentials.get` as JSON. With `true`, the client runs the dialog of the browser. */
  readonly passkey?: unknown;
}

/** Asks the person for factors. With `undefined`, the operation fails with `REAUTHENTICATION_REQUIRED`. */
export type OnReauthentication = (
  question: ReauthenticationQuestion,
) => Reauthentication | undefined | Promise<Reauthentication | undefined>;

/** The most answers to one question. Threat: a callback without a person would repeat a wrong one for ever. */
export const MOST_ANSWERS = 5;

/**
 * Returns whether the person can answer again after this refusal: an answer was wrong, or the browser gave no passkey.
 * `RATE_LIMITED` counts too, because another factor may have attempts left.
 */
export function mayAnswerAgain(error: AuthError): boolean {
  if (error.code === 'PASSKEY_FAILED' || error.code === 'RATE_LIMITED') return true;
  // A ticket that is over is the fault of the field `ticket`.
  return error.code === 'BAD_USER_INPUT' && error.fields.some(({ field }) => field !== 'ticket');
}
