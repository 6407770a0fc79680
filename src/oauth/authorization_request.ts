import { isRegistered } from '../clients/redirect_uri.ts';
import type { Client } from '../clients/client.entity.ts';
import type { AuthorizationRequest } from '../application/oauth/authorizations.ts';
import type { Clients } from '../application/administration/clients.ts';
import { covers, readScope } from '../application/foundation/scopes.ts';
import { invalidRequest, OAuthError } from './errors.ts';
import type { ParameterName, Parameters } from './parameters.ts';

/** The client that gets the answer, and its redirect URI. */
export interface Destination {
  readonly client: Client;
  readonly redirectUri: string;
  readonly state: string | null;
}

const LONGEST_STATE = 2000;

/**
 * Returns the destination of the answer to an authorization request. The browser must not be redirected before the
 * destination is verified. Threat: an open redirector helps phishers (RFC 6749 sections 3.1.2.4 and 10.15).
 * @throws OAuthError `invalid_request`, to be shown on a page and not redirected
 */
export async function readDestination(find: Clients['find'], parameters: Parameters): Promise<Destination> {
  // Threat: URLs end up in logs and histories, so a secret in one is already leaked (RFC 6749 section 2.3.1).
  if (parameters.optional('client_secret') !== undefined) throw invalidRequest('A client secret must not be in a URL');
  const client = await find(parameters.required('client_id'));
  if (!client) throw invalidRequest('The client is not known');
  // The parameter is optional if only one redirect URI is registered (RFC 6749 section 3.1.2.3).
  const [only, ...others] = client.redirectUris;
  const redirectUri = parameters.optional('redirect_uri') ?? (others.length === 0 ? only : undefined);
  if (redirectUri === undefined) throw invalidRequest('The redirect_uri is missing, and the client has several');
  if (!isRegistered(client.redirectUris, redirectUri)) {
    throw invalidRequest('The redirect URI is not registered for the client');
  }
  return { client, redirectUri, state: parameters.optional('state') ?? null };
}

/**
 * Reads the rest of an authorization request. Its errors may be redirected to the client.
 * @throws OAuthError with a code of RFC 6749 section 4.1.2.1
 */
export function readRequest(parameters: Parameters, { client, redirectUri, state }: Destination): AuthorizationRequest {
  if (parameters.required('response_type') !== 'code') {
    throw new OAuthError('unsupported_response_type', 'The response type must be code');
  }
  if ((parameters.optional('response_mode') ?? 'query') !== 'query') {
    throw invalidRequest('The response mode must be query');
  }
  if (!client.grantTypes.includes('authorization_code')) {
    throw new OAuthError('unauthorized_client', 'The client is not registered for authorization_code');
  }
  if ((state ?? '').length > LONGEST_STATE)
    throw invalidRequest(`The state is longer than ${LONGEST_STATE} characters`);
  const challenge = readChallenge(parameters, client);
  // PKCE or `state` binds the answer to the browser that asked (RFC 9700 section 2.1).
  if (challenge === null && (state ?? '') === '') throw invalidRequest('The state is missing, and PKCE is not used');
  const asked = parameters.optional('scope');
  const scopes = asked === undefined ? null : readScope(asked);
  if (scopes && !scopes.every((wanted) => covers(client.scopes, wanted))) {
    throw new OAuthError('invalid_scope', 'The scope exceeds what the client is registered for');
  }
  return { clientId: client.id, redirectUri, challenge, scope: scopes && scopes.join(' '), state };
}

/** Returns the parameters from which {@link readRequest} reads this request. */
export function toParameters(request: AuthorizationRequest): URLSearchParams {
  const { clientId, redirectUri, challenge, scope, state } = request;
  const parameters: Partial<Record<ParameterName, string>> = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    ...(challenge === null ? {} : { code_challenge: challenge, code_challenge_method: 'S256' }),
    ...(scope === null ? {} : { scope }),
    ...(state === null ? {} : { state }),
  };
  return new URLSearchParams(parameters);
}

/**
 * Returns the PKCE challenge; null if the client is registered without PKCE and does not use it.
 * @throws OAuthError `invalid_request`
 */
function readChallenge(parameters: Parameters, client: Client): string | null {
  const isUsed = (['code_challenge', 'code_challenge_method'] as const).some(
    (name) => parameters.optional(name) !== undefined,
  );
  if (!client.pkce && !isUsed) return null;
  // A missing method means `plain` (RFC 7636 section 4.3). Threat: with it, a reader of the request can use the code.
  if (parameters.required('code_challenge_method') !== 'S256') {
    throw invalidRequest('The code_challenge_method must be S256');
  }
  const challenge = parameters.required('code_challenge');
  // RFC 7636 section 4.2 allows 43 to 128 characters. S256 always has 43.
  if (!/^[A-Za-z0-9_-]{43}$/.test(challenge)) throw invalidRequest('The code_challenge is not one of S256');
  return challenge;
}
