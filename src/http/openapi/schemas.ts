import { CLIENT_METHODS, CLIENT_SECRET_METHODS } from '../../oauth/client_authentication.ts';
import { GRANT_TYPES } from '../../clients/clients.ts';
import type { OAuthCode } from '../../oauth/errors.ts';
import type { Part } from './answers.ts';

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

/** Each code, and where it comes from: the compiler holds it complete. */
const CODES: Readonly<Record<OAuthCode, string>> = {
  invalid_request: 'the request has another form than is asked for, or the account is disabled',
  invalid_client: 'the client did not prove itself',
  invalid_grant: 'a wrong password, refresh token or code',
  unsupported_grant_type: 'there is no such grant here',
  unsupported_response_type: '`code` is the only one',
  unauthorized_client: 'the client is not registered for this',
  invalid_scope: 'beyond what may be granted',
  invalid_token: 'the access token does not count: missing, wrong, expired or revoked',
  insufficient_scope: 'the role, or what the token carries, is not enough',
  access_denied: 'the person said no, or a page of a foreign origin asks',
  temporarily_unavailable: 'too many attempts, or something that is needed is away: try again',
  server_error: 'a fault of ours',
};

const scope = text('What the token may do, separated by blanks; `*` is everything that the role may.', {
  examples: ['account'],
});

export const SCHEMAS: Readonly<Record<string, Part>> = {
  Error: object({
    error: text(
      Object.entries(CODES)
        .map(([code, meaning]) => `- \`${code}\`: ${meaning}`)
        .join('\n'),
      { enum: Object.keys(CODES) },
    ),
    error_description: text('What is wrong, for people.'),
  }),
  Tokens: object(
    {
      access_token: text('A JWT of type `at+jwt` (RFC 9068), for `Authorization: Bearer`.'),
      token_type: { const: 'bearer' },
      expires_in: seconds('How long the access token counts, in seconds.'),
      scope,
    },
    {
      refresh_token: text(
        'Opaque, counts once. Missing where the client may not refresh, has no person, or came with the cookie.',
      ),
    },
  ),
  User: object({
    id: text('Never changes.', { format: 'uuid' }),
    username: text('Never changes, and is never given out twice.'),
    email: text('', { format: 'email' }),
    full_name: { type: ['string', 'null'] },
    disabled: { type: 'boolean' },
    role: text('One of those that `ROLES` configures.'),
    created_at: text('', { format: 'date-time' }),
    last_login_at: { type: ['string', 'null'], format: 'date-time' },
  }),
  Introspection: {
    oneOf: [
      object({ active: { const: false, description: 'It does not count, whatever the reason.' } }),
      object(
        {
          active: { const: true },
          scope: text('What it may do at this moment, separated by blanks.'),
          iss: text('Who gave it out.'),
          sub: text('The user name; `client:<id>` of a program on its own.'),
          iat: time('Given out'),
          exp: time('Counts until'),
        },
        {
          client_id: text('The client it was given to; missing for a sign-in of our own.'),
          username: text('The person it stands for; missing for a program on its own.'),
          token_type: { const: 'bearer', description: 'Of an access token alone, as the next two.' },
          aud: text('Whom it is for.'),
          jti: text('Its own name.'),
        },
      ),
    ],
  },
  Keys: object({
    keys: {
      type: 'array',
      description: 'RFC 7517. Empty with `ALGORITHM=HS256`, whose key is nobody’s to know.',
      items: {
        type: 'object',
        required: ['kty', 'kid', 'alg', 'use'],
        properties: {
          kty: { enum: ['RSA', 'EC', 'OKP'] },
          kid: text('As in the token’s header'),
          alg: text(''),
          use: { const: 'sig' },
        },
        patternProperties: { '^(n|e|crv|x|y)$': { type: 'string' } },
      },
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
        description: 'Everything that requests need, by name.',
        additionalProperties: { enum: ['ok', 'stale', 'unavailable'] },
      },
    },
    {
      reasons: {
        type: 'object',
        description: 'Why something is not `ok`, where that may be told.',
        additionalProperties: { type: 'string' },
      },
    },
  ),
  GraphqlRequest: object(
    {},
    {
      query: text('The document. Missing where it is known by its hash.'),
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
                code: text('Of a closed table, such as `UNAUTHENTICATED`, `FORBIDDEN`, `RATE_LIMITED`.'),
                reason: { enum: ['MISSING', 'INVALID', 'EXPIRED', 'REVOKED'] },
                retryAfter: seconds('Until another try makes sense.'),
                requestId: text('As the header `X-Request-Id`.'),
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
