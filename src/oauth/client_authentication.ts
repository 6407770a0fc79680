import type { Client } from '../clients/client.entity.ts';
import type { Clients } from '../application/administration/clients.ts';
import { invalidRequest, missingParameter, OAuthError } from './errors.ts';
import type { Parameters } from './parameters.ts';

/** The supported methods of client authentication, as RFC 8414 names them. */
export const CLIENT_SECRET_METHODS = ['client_secret_basic', 'client_secret_post'] as const;
export const CLIENT_METHODS = [...CLIENT_SECRET_METHODS, 'none'] as const;

/**
 * Authenticates the client of a request (RFC 6749 section 2.3).
 * @param authorization every `Authorization` header of the request, as sent
 * @returns the client, or null if the request names none, as in a direct sign-in
 * @throws OAuthError `invalid_client`, and `invalid_request` for two methods at once
 */
export type AuthenticateClient = (authorization: readonly string[], parameters: Parameters) => Promise<Client | null>;

interface ShownClient {
  readonly id: string;
  readonly secret: string | null;
}

export function createClientAuthentication({ prove }: Pick<Clients, 'prove'>): AuthenticateClient {
  return async (authorization, parameters) => {
    if (authorization.length > 1) throw invalidRequest('There is more than one Authorization header');
    const basic = readBasic(authorization[0]);
    const id = parameters.optional('client_id');
    const secret = parameters.optional('client_secret') ?? null;
    if (basic && (secret !== null || (id !== undefined && id !== basic.id))) {
      throw invalidRequest('The client must use one way to prove itself');
    }
    if (id === undefined && secret !== null) throw missingParameter('client_id');
    const shown = basic ?? (id === undefined ? null : { id, secret });
    if (!shown) return null;
    const client = await prove(shown.id, shown.secret);
    if (!client) throw invalidClient();
    return client;
  };
}

/** Returns the error of client authentication, the same for an unknown client, a wrong secret and a missing secret. */
export function invalidClient(): OAuthError {
  return new OAuthError('invalid_client', 'Client authentication failed', { status: 401 });
}

/**
 * Reads id and secret from `Basic`, in which both are form-encoded before they are joined (RFC 6749 section 2.3.1).
 * @returns null for another scheme, and for an empty id and secret
 * @throws OAuthError `invalid_client` for a malformed header
 */
function readBasic(header: string | undefined): ShownClient | null {
  // Runs in linear time. Threat: a pattern that trims blanks at both ends needs quadratic time on a header of blanks.
  const match = /^basic(?: +(.*))?$/i.exec(header ?? '');
  if (!match) return null;
  const text = match[1] ?? '';
  try {
    const bytes = Buffer.from(text, 'base64');
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw invalidClient();
    const pair = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const colon = pair.indexOf(':');
    if (colon < 0) throw invalidClient();
    const [id, secret] = [pair.slice(0, colon), pair.slice(colon + 1)].map(formDecode) as [string, string];
    // Swagger UI sends an empty id and an empty secret for a password grant without a client.
    if (id === '' && secret === '') return null;
    return { id, secret: secret === '' ? null : secret };
  } catch {
    throw invalidClient();
  }
}

function formDecode(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}
