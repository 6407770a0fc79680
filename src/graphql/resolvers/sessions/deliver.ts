import { Refusal } from '../../../kernel/errors.ts';
import type { SignedIn } from '../../../application/foundation/issue.ts';
import type { LoggedIn } from '../../../application/sessions/login.ts';
import type { Context } from '../../server/context.ts';
import { RefreshTokenDelivery, type TokenPayload } from '../types.ts';

/**
 * Runs a sign-in and delivers its tokens, and the token of the device.
 * @throws ORIGIN_NOT_ALLOWED for the cookie on a page of a foreign origin, before the sign-in. Threat: a later refusal
 *   would tell that page that the password was right, and without one it would plant the session of another account
 */
export async function deliverSignIn(
  context: Context,
  delivery: RefreshTokenDelivery | null,
  signIn: () => Promise<LoggedIn>,
): Promise<TokenPayload> {
  const cookieOf = delivery === RefreshTokenDelivery.COOKIE ? context : null;
  if (cookieOf?.refreshCookie.isForeignPage) throw new Refusal('ORIGIN_NOT_ALLOWED');
  const { deviceToken, ...signedIn } = await signIn();
  const payload = deliver(signedIn, cookieOf);
  context.giveDevice(deviceToken);
  return payload;
}

/** Returns the tokens, with the refresh token in the cookie if `cookieOf` is set. */
export function deliver(signedIn: SignedIn, cookieOf: Context | null): TokenPayload {
  cookieOf?.refreshCookie.write(signedIn.refreshToken, signedIn.refreshExpiresAt);
  return {
    accessToken: signedIn.accessToken,
    tokenType: 'bearer',
    expiresIn: signedIn.expiresIn,
    refreshToken: cookieOf ? null : signedIn.refreshToken,
  };
}
