import { isRegistered } from '../clients/redirect_uri.ts';
import type { Client } from '../clients/client.entity.ts';
import type { AuthorizationRequest } from '../application/oauth/authorizations.ts';
import type { Clients } from '../application/administration/clients.ts';
import { covers, readScope } from '../application/foundation/scopes.ts';
import { invalidRequest, OAuthError } from './errors.ts';
import type { ParameterName, Parameters } from './parameters.ts';

/** Whom the answer goes to, and where. */
export interface Destination {
  readonly client: Client;
  readonly redirectUri: string;
  readonly state: string | null;
}

const LONGEST_STATE = 2000;

/**
 * Finds out whom the answer of an authorization request goes to. Before that is sure, a browser must not be sent
 * anywhere: an open redirector is a phisher's address on our name (RFC 6749 sections 3.1.2.4 and 10.15).
 * Throws `invalid_request`, for a page of our own.
 */
export async function readDestination(find: Clients['find'], parameters: Parameters): Promise<Destination> {
  // RFC 6749 section 2.3.1: a URL ends up in logs and histories; such a secret is leaked already.
  if (parameters.optional('client_secret') !== undefined) throw invalidRequest('A client secret must not be in a URL');
  const client = await find(parameters.required('client_id'));
  if (!client) throw invalidRequest('The client is not known');
  // RFC 6749 section 3.1.2.3: where one is registered, there is no other that could be meant.
  const [only, ...others] = client.redirectUris;
  const redirectUri = parameters.optional('redirect_uri') ?? (others.length === 0 ? only : undefined);
  if (redirectUri === undefined) throw invalidRequest('The redirect_uri is missing, and the client has several');
  if (!isRegistered(client.redirectUris, redirectUri)) {
    throw invalidRequest('The redirect URI is not registered for the client');
  }
  return { client, redirectUri, state: parameters.optional('state') ?? null };
}

/** The rest of the request. What it throws may be told to the client: OAuthError with a code of RFC 6749 section 4.1.2.1. */
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
  // RFC 9700 section 2.1: one of the two ties the answer to the browser that asked.
  if (challenge === null && (state ?? '') === '') throw invalidRequest('The state is missing, and PKCE is not used');
  const asked = parameters.optional('scope');
  const scopes = asked === undefined ? null : readScope(asked);
  if (scopes && !scopes.every((wanted) => covers(client.scopes, wanted))) {
    throw new OAuthError('invalid_scope', 'The scope exceeds what the client is registered for');
  }
  return { clientId: client.id, redirectUri, challenge, scope: scopes && scopes.join(' '), state };
}

/** The parameters that {@link readRequest} makes a request of. */
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

/** The challenge of PKCE; null where the client is registered to go without, and does. */
function readChallenge(parameters: Parameters, client: Client): string | null {
  const isUsed = (['code_challenge', 'code_challenge_method'] as const).some(
    (name) => parameters.optional(name) !== undefined,
  );
  if (!client.pkce && !isUsed) return null;
  // RFC 7636 section 4.3: a missing method means `plain`, with which a reader of the request can use the code.
  if (parameters.required('code_challenge_method') !== 'S256') {
    throw invalidRequest('The code_challenge_method must be S256');
  }
  const challenge = parameters.required('code_challenge');
  // 43 to 128 characters in general (RFC 7636 section 4.2), of which S256 makes 43.
  if (!/^[A-Za-z0-9_-]{43}$/.test(challenge)) throw invalidRequest('The code_challenge is not one of S256');
  return challenge;
}
