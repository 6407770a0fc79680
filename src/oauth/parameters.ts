import { invalidRequest, missingParameter } from './errors.ts';

/**
 * Every parameter that the OAuth2 endpoints and their forms read. An unlisted one does not compile, and each says whether
 * its value is a secret.
 */
const PARAMETERS = {
  client_id: 'open',
  client_secret: 'secret',
  code: 'secret',
  code_challenge: 'open',
  code_challenge_method: 'open',
  code_verifier: 'secret',
  csrf: 'secret',
  decision: 'open',
  grant_type: 'open',
  password: 'secret',
  redirect_uri: 'open',
  refresh_token: 'secret',
  response_mode: 'open',
  response_type: 'open',
  scope: 'open',
  state: 'open',
  token: 'secret',
  transaction: 'secret',
  username: 'open',
} as const satisfies Record<string, 'secret' | 'open'>;

export type ParameterName = keyof typeof PARAMETERS;

/** Names of the parameters that no log may show. */
export const SECRET_PARAMETERS = Object.entries(PARAMETERS).flatMap(([name, kind]) =>
  kind === 'secret' ? [name] : [],
);

/** The parameters of a form or JSON body. */
export interface Parameters {
  /** The value, or undefined where it is missing or empty. Throws `invalid_request` where it is no text. */
  optional(name: ParameterName): string | undefined;
  /** As {@link optional}, and throws `invalid_request` where it is missing. */
  required(name: ParameterName): string;
}

/**
 * Reads a parsed body under RFC 6749 section 3.2: empty is as omitted, and nothing may come twice, known or not.
 * Throws `invalid_request` where something does.
 */
export function readParameters(body: unknown): Parameters {
  const values = new Map<string, unknown>(Object.entries(typeof body === 'object' && body !== null ? body : {}));
  // Not named: an unknown name is whatever the client likes, and RFC 6749 section 5.2 limits what a description may hold.
  if ([...values.values()].some(Array.isArray)) throw invalidRequest('A parameter is repeated');
  const optional = (name: ParameterName): string | undefined => {
    const value = values.get(name);
    if (value === undefined || value === null || value === '') return undefined;
    if (typeof value !== 'string')
      throw invalidRequest(`The parameter ${name} is not text`, [{ field: name, code: 'MALFORMED', expected: 'TEXT' }]);
    return value;
  };
  return {
    optional,
    required(name) {
      const value = optional(name);
      if (value === undefined) throw missingParameter(name);
      return value;
    },
  };
}
