import type { RequestInfo } from '../kernel/request_info.ts';
import { Refusal } from '../kernel/errors.ts';
import type {
  Authorizations,
  ConsentSignIn,
  Interaction,
  PendingInteraction,
} from '../application/oauth/authorizations.ts';
import type { Clients } from '../application/administration/clients.ts';
import type { PasswordCredentials } from '../application/authentication/steps/password.ts';
import { readDestination, readRequest } from './authorization_request.ts';
import { OAuthError, toOAuthError } from './errors.ts';
import type { Parameters } from './parameters.ts';

/** The authorization endpoint (RFC 6749 section 3.1), but for its pages. */
export interface AuthorizationEndpoint {
  /**
   * A client's request: what to ask the person, or where to send the browser with what is wrong.
   * Throws OAuthError where it must be sent nowhere.
   */
  begin(parameters: Parameters): Promise<Interaction | Redirect>;
  /** What waits for its answer, as it was when it began. Throws TRANSACTION. */
  find(pending: PendingInteraction): Promise<Interaction>;
  /** Signs the person in who is to answer; sends the browser back where their role is not enough. Throws as `SignIn`. */
  signIn(
    interaction: Interaction,
    credentials: PasswordCredentials,
    origin: RequestInfo,
  ): Promise<ConsentSignIn | Redirect>;
  /** The yes of the person who has signed in. Throws TRANSACTION. */
  allow(interaction: Interaction, origin: RequestInfo): Promise<Redirect>;
  /** The person's no. Throws TRANSACTION, RATE_LIMITED. */
  deny(interaction: Interaction, origin: RequestInfo): Promise<Redirect>;
}

/** Where the browser goes from here, as it is sent. */
export interface Redirect {
  readonly redirect: string;
}

export function createAuthorizationEndpoint(
  { find }: Pick<Clients, 'find'>,
  authorizations: Authorizations,
  issuer: string,
): AuthorizationEndpoint {
  /** RFC 6749 section 4.1.2, with the issuer of RFC 9207: a client of several servers is not fooled by one of them. */
  function answer(to: { redirectUri: string; state: string | null }, outcome: Record<string, string>): Redirect {
    const { redirectUri, state } = to;
    const query = new URLSearchParams({ ...outcome, ...(state === null ? {} : { state }), iss: issuer });
    // Not through URL, which would spell the registered text another way.
    return { redirect: `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${query.toString()}` };
  }
  const refuse = (to: { redirectUri: string; state: string | null }, { code, message }: OAuthError) =>
    answer(to, { error: code, error_description: message });

  /** Beyond the person's role: no further try of theirs will help. */
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
