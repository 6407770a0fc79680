import { CLIENT_METHODS, CLIENT_SECRET_METHODS } from '../../oauth/client_authentication.ts';
import { GRANT_TYPES } from '../../clients/clients.ts';
import { FIELD_CODES } from '../../kernel/field_faults.ts';
import type { OAuthCode } from '../../oauth/errors.ts';
import { type Part, schema } from './answers.ts';

const text = (description: string, more: Part = {}): Part => ({ type: 'string', description, ...more });
const seconds = (description: string): Part => ({ type: 'integer', minimum: 0, description });
const time = (description: string): Part => ({ type: 'integer', description: `${description}, in seconds since 1970` });
const listOf = (values: readonly string[], description: string): Part => ({
  type: 'array',
  items: { enum: values },
  description,
});

function object(required: Readonly<Record<string, Part>>, optional: Readonly<Record<string, Part>> = {}): Part {
  return { type: 'object', required: Object.keys(required), properties: { ...required, ...optional } };
}

/** The cause of each code. The compiler requires every code. */
const CODES: Readonly<Record<OAuthCode, string>> = {
  invalid_request: 'the request is malformed, or the account is disabled',
  invalid_client: 'client authentication failed',
  invalid_grant: 'the password, the refresh token or the code is wrong',
  unsupported_grant_type: 'the grant type is not supported',
  unsupported_response_type: 'only `code` is supported',
  unauthorized_client: 'the client is not registered for this grant type',
  invalid_scope: 'the scope exceeds what can be granted',
  invalid_token: 'the access token is missing, invalid, expired or revoked',
  insufficient_scope: 'the role or the scopes of the token are not sufficient',
  access_denied: 'the user denied the request, or the origin is not allowed',
  temporarily_unavailable: 'too many attempts, or a required service is unavailable. Try again later',
  server_error: 'an internal error',
  insufficient_authorization:
    'the password is right, and the account has a second factor: go on with `urn:gatehouse:grant:second-factor`',
  insufficient_user_authentication: 'the user has to authenticate again (RFC 9470)',
};

const scope = text('The scopes of the token, separated by spaces. `*` stands for all scopes of the role.', {
  examples: ['account'],
});

/** The faults of single fields, at both doors. */
const fields: Part = {
  type: 'array',
  minItems: 1,
  items: schema('FieldFault'),
  description: 'The faults of single fields. Missing if the request as a whole is invalid.',
};

export const SCHEMAS: Readonly<Record<string, Part>> = {
  Error: object(
    {
      error: text(
        Object.entries(CODES)
          .map(([code, meaning]) => `- \`${code}\`: ${meaning}`)
          .join('\n'),
        { enum: Object.keys(CODES) },
      ),
      error_description: text('A description of the error for developers.'),
    },
    {
      code: { const: 'INACTIVE_USER', description: 'The account is disabled: the RFCs have no code for it.' },
      auth_session: text('With `insufficient_authorization`: the ticket of the sign-in, for the second request.'),
      methods: listOf(['TOTP', 'PASSKEY', 'RECOVERY_CODE'], 'With `insufficient_authorization`: the second factors.'),
      expires_in: seconds('With `insufficient_authorization`: the lifetime of the ticket, in seconds.'),
      fields,
    },
  ),
  FieldFault: {
    ...object({
      field: text('The argument, the member of an input object, or the parameter.'),
      code: text('The facts of each code are in docs/concepts.md.', { enum: FIELD_CODES }),
    }),
    additionalProperties: true,
  },
  Tokens: object(
    {
      access_token: text('A JWT of type `at+jwt` (RFC 9068), for `Authorization: Bearer`.'),
      token_type: { const: 'bearer' },
      expires_in: seconds('The lifetime of the access token, in seconds.'),
      scope,
    },
    {
      refresh_token: text(
        'Opaque, valid once. Missing when the client cannot refresh, acts without a user, or sent the cookie.',
      ),
    },
  ),
  User: object({
    id: text('Never changes.', { format: 'uuid' }),
    username: text('Never changes and is never assigned again.'),
    email: text('', { format: 'email' }),
    full_name: { type: ['string', 'null'] },
    disabled: { type: 'boolean' },
    role: text('A role of the `ROLES` setting.'),
    created_at: text('', { format: 'date-time' }),
    last_login_at: { type: ['string', 'null'], format: 'date-time' },
  }),
  Introspection: {
    oneOf: [
      object({ active: { const: false, description: 'The token is not valid, for any reason.' } }),
      object(
        {
          active: { const: true },
          scope: text('The scopes that the token has now, separated by spaces.'),
          iss: text('The issuer.'),
          sub: text('The username, or `client:<id>` for a client that acts without a user.'),
          iat: time('Time of issue'),
          exp: time('Time of expiry'),
        },
        {
          client_id: text('The client of the token. Missing for sign-ins without a client.'),
          username: text('The user of the token. Missing for a client that acts without a user.'),
          token_type: { const: 'bearer', description: 'Only for access tokens, like `aud` and `jti`.' },
          aud: text('The audience.'),
          jti: text('The id of the token.'),
          auth_time: time("Time of the user's last authentication (RFC 9470). Only for access tokens of users"),
          amr: {
            type: 'array',
            items: { type: 'string' },
            description: 'The methods of that authentication (RFC 8176).',
          },
          acr: {
            enum: ['urn:gatehouse:acr:1', 'urn:gatehouse:acr:2'],
            description: 'Its level: one factor, or two.',
          },
        },
      ),
    ],
  },
  Keys: object({
    keys: {
      type: 'array',
      description: 'RFC 7517. Empty with `ALGORITHM=HS256`, whose key is secret.',
      items: {
        type: 'object',
        required: ['kty', 'kid', 'alg', 'use'],
        properties: {
          kty: { enum: ['RSA', 'EC', 'OKP'] },
          kid: text('The key id, as in the header of the token'),
          alg: text(''),
          use: { const: 'sig' },
        },
        patternProperties: { '^(n|e|crv|x|y)$': { type: 'string' } },
      },
    },
  }),
  PasskeyOrigins: object({
    origins: {
      type: 'array',
      description: 'Those of `CORS_ORIGINS` whose domain is not that of the passkeys.',
      items: { type: 'string', format: 'uri' },
    },
  }),
  Metadata: object({
    issuer: text('', { format: 'uri' }),
    ...Object.fromEntries(
      ['authorization_endpoint', 'token_endpoint', 'revocation_endpoint', 'introspection_endpoint', 'jwks_uri'].map(
        (name) => [name, text('', { format: 'uri' })],
      ),
    ),
    scopes_supported: { type: 'array', items: { type: 'string' } },
    response_types_supported: listOf(['code'], ''),
    response_modes_supported: listOf(['query'], ''),
    grant_types_supported: listOf(GRANT_TYPES, ''),
    code_challenge_methods_supported: listOf(['S256'], 'RFC 7636'),
    token_endpoint_auth_methods_supported: listOf(CLIENT_METHODS, ''),
    revocation_endpoint_auth_methods_supported: listOf(CLIENT_METHODS, ''),
    introspection_endpoint_auth_methods_supported: listOf(CLIENT_SECRET_METHODS, ''),
    authorization_response_iss_parameter_supported: { const: true, description: 'RFC 9207' },
  }),
  Live: object({ status: { const: 'ok' } }),
  Ready: object(
    {
      status: { enum: ['ok', 'unavailable'] },
      checks: {
        type: 'object',
        description: 'The state of each dependency, by name.',
        additionalProperties: { enum: ['ok', 'stale', 'unavailable'] },
      },
    },
    {
      reasons: {
        type: 'object',
        description: 'The reasons for states other than `ok`, if they are public.',
        additionalProperties: { type: 'string' },
      },
    },
  ),
  GraphqlRequest: object(
    {},
    {
      query: text('The document. Omitted for a persisted query, which is identified by its hash.'),
      operationName: { type: ['string', 'null'] },
      variables: { type: ['object', 'null'], additionalProperties: true },
      extensions: { type: ['object', 'null'], additionalProperties: true },
    },
  ),
  GraphqlAnswer: object(
    {},
    {
      data: { type: ['object', 'null'], additionalProperties: true },
      errors: {
        type: 'array',
        items: object(
          {
            message: text(''),
            extensions: {
              type: 'object',
              required: ['code'],
              properties: {
                code: text('A code from a fixed list, such as `UNAUTHENTICATED`, `FORBIDDEN` or `RATE_LIMITED`.'),
                reason: { enum: ['MISSING', 'INVALID', 'EXPIRED', 'REVOKED'] },
                retryAfter: seconds('Seconds until the next attempt.'),
                fields,
                requestId: text('The same id as in the header `X-Request-Id`.'),
              },
              additionalProperties: true,
            },
          },
          {
            path: { type: 'array', items: { type: ['string', 'integer'] } },
            locations: { type: 'array', items: object({ line: { type: 'integer' }, column: { type: 'integer' } }) },
          },
        ),
      },
      extensions: { type: 'object', additionalProperties: true },
    },
  ),
};
