import type { RequestInfo } from '../kernel/request_info.ts';
import { Refusal } from '../kernel/errors.ts';
import type {
  Authorizations,
  ConsentSignIn,
  Interaction,
  PendingInteraction,
} from '../application/oauth/authorizations.ts';
import type { ShownContinuation } from '../application/authentication/continue_sign_in.ts';
import type { Clients } from '../application/administration/clients.ts';
import type { PasswordCredentials } from '../application/authentication/steps/password.ts';
import { readDestination, readRequest } from './authorization_request.ts';
import { OAuthError, toOAuthError } from './errors.ts';
import type { Parameters } from './parameters.ts';

/** The authorization endpoint (RFC 6749 section 3.1) without its pages. */
export interface AuthorizationEndpoint {
  /**
   * Reads the request of a client.
   * @returns the transaction to show to the user, or the redirect with the error
   * @throws OAuthError if the browser must not be redirected
   */
  begin(parameters: Parameters): Promise<Interaction | Redirect>;
  /** Returns the transaction of a pending authorization. @throws TRANSACTION if it is answered, expired or invalid */
  find(pending: PendingInteraction): Promise<Interaction>;
  /** Signs the user in. @returns a redirect to the client if the user's role is not enough. @throws as `Login` */
  signIn(
    interaction: Interaction,
    credentials: PasswordCredentials,
    origin: RequestInfo,
  ): Promise<ConsentSignIn | Redirect>;
  /** Continues the sign-in with a second factor. @returns as {@link signIn}. @throws as `CompleteLogin` */
  completeSignIn(
    interaction: Interaction,
    shown: Omit<ShownContinuation, 'clientId'>,
    origin: RequestInfo,
  ): Promise<ConsentSignIn | Redirect>;
  /** Records the consent of the user who has signed in. @throws TRANSACTION */
  allow(interaction: Interaction, origin: RequestInfo): Promise<Redirect>;
  /** Records the refusal of the user. @throws TRANSACTION, RATE_LIMITED */
  deny(interaction: Interaction, origin: RequestInfo): Promise<Redirect>;
}

/** A redirect of the browser, with the exact URL. */
export interface Redirect {
  readonly redirect: string;
}

export function createAuthorizationEndpoint(
  { find }: Pick<Clients, 'find'>,
  authorizations: Authorizations,
  issuer: string,
): AuthorizationEndpoint {
  /**
   * Returns the redirect to the client (RFC 6749 section 4.1.2), with the issuer (RFC 9207). Threat: one of several
   * servers of a client could pass off its answer as another server's.
   */
  function answer(to: { redirectUri: string; state: string | null }, outcome: Record<string, string>): Redirect {
    const { redirectUri, state } = to;
    const query = new URLSearchParams({ ...outcome, ...(state === null ? {} : { state }), iss: issuer });
    // Concatenated, because URL would change the spelling of the registered redirect URI.
    return { redirect: `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${query.toString()}` };
  }
  const refuse = (to: { redirectUri: string; state: string | null }, { code, message }: OAuthError) =>
    answer(to, { error: code, error_description: message });

  /** Ends the transaction if the scope exceeds the user's role, because another attempt cannot succeed. */
  const endWhereRoleIsNotEnough = (interaction: Interaction, origin: RequestInfo) => async (error: unknown) => {
    if (!isScopeRefusal(error)) throw error;
    await authorizations.deny(interaction, origin);
    return refuse(interaction.request, toOAuthError(error));
  };

  return {
    async begin(parameters) {
      const destination = await readDestination(find, parameters);
      try {
        const request = readRequest(parameters, destination);
        return { ...authorizations.begin(request), client: destination.client };
      } catch (error) {
        if (error instanceof OAuthError || isScopeRefusal(error)) return refuse(destination, toOAuthError(error));
        throw error;
      }
    },

    find: authorizations.find,

    signIn: (interaction, credentials, origin) =>
      authorizations.signIn(interaction, credentials, origin).catch(endWhereRoleIsNotEnough(interaction, origin)),

    completeSignIn: (interaction, shown, origin) =>
      authorizations.completeSignIn(interaction, shown, origin).catch(endWhereRoleIsNotEnough(interaction, origin)),

    allow: (interaction, origin) =>
      authorizations
        .allow(interaction, origin)
        .then((code) => answer(interaction.request, { code }))
        .catch(endWhereRoleIsNotEnough(interaction, origin)),

    async deny(interaction, origin) {
      await authorizations.deny(interaction, origin);
      return refuse(interaction.request, new OAuthError('access_denied', 'The user denied the request'));
    },
  };
}

function isScopeRefusal(error: unknown): boolean {
  return error instanceof Refusal && error.kind === 'INVALID_SCOPE';
}
