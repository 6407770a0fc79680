import { invalidRequest, missingParameter } from './errors.ts';

/**
 * Every parameter that the OAuth2 endpoints and their forms read, marked as secret or open. An unlisted parameter does
 * not compile.
 */
const PARAMETERS = {
  account: 'open',
  auth_session: 'secret',
  client_id: 'open',
  client_secret: 'secret',
  code: 'secret',
  code_challenge: 'open',
  code_challenge_method: 'open',
  code_verifier: 'secret',
  csrf: 'secret',
  decision: 'open',
  grant_type: 'open',
  methods: 'open',
  otp: 'secret',
  password: 'secret',
  recovery_code: 'secret',
  redirect_uri: 'open',
  refresh_token: 'secret',
  repeat: 'secret',
  response_mode: 'open',
  response_type: 'open',
  scope: 'open',
  state: 'open',
  token: 'secret',
  transaction: 'secret',
  username: 'open',
} as const satisfies Record<string, 'secret' | 'open'>;

export type ParameterName = keyof typeof PARAMETERS;

/** The names of the parameters whose values no log may show. */
export const SECRET_PARAMETERS = Object.entries(PARAMETERS).flatMap(([name, kind]) =>
  kind === 'secret' ? [name] : [],
);

/** The parameters of a form or JSON body. */
export interface Parameters {
  /** Returns the value; undefined if it is missing or empty. @throws OAuthError `invalid_request` if it is not text */
  optional(name: ParameterName): string | undefined;
  /** Returns the value. @throws OAuthError `invalid_request` if it is missing, empty or not text */
  required(name: ParameterName): string;
}

/**
 * Reads the parameters of a parsed body (RFC 6749 section 3.2). An empty parameter counts as omitted.
 * @throws OAuthError `invalid_request` for a repeated parameter, known or unknown
 */
export function readParameters(body: unknown): Parameters {
  const values = new Map<string, unknown>(Object.entries(typeof body === 'object' && body !== null ? body : {}));
  // The error does not quote the name: a client can choose any, and RFC 6749 section 5.2 limits the characters of a
  // description.
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
