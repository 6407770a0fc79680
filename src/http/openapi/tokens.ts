import { GRANT_TYPES } from '../../clients/clients.ts';
import {
  answer,
  BAD_CLIENT,
  FAULTS,
  FOREIGN_ORIGIN,
  FORM,
  json,
  JSON_TYPE,
  NO_STORE,
  type Part,
  refusal,
  TOO_LARGE,
  valuesOf,
} from './answers.ts';

const CLIENT_FIELDS = {
  client_id: { type: 'string', description: 'Of a registered client; our own sign-ins need none.' },
  client_secret: { type: 'string', format: 'password', description: 'Unless the client proves itself by `Basic`.' },
};
const SCOPE_FIELD = {
  scope: {
    type: 'string',
    description: 'Part of what could be had, separated by blanks; all of it where it is missing.',
  },
};

const ISSUED = { access_token: 'eyJhbGciOi…', token_type: 'bearer', expires_in: 1800 };
const REFRESHED = { ...ISSUED, refresh_token: 'gR8x…', scope: 'account' };

/** A client proves itself by `Basic`, or in the form, or there is none. */
const CLIENT_OR_NONE = [{}, { client: [] }];

export const TOKENS: Readonly<Record<string, Part>> = {
  '/token': {
    post: {
      operationId: 'getToken',
      tags: ['Tokens'],
      summary: 'Sign in, or exchange a grant for tokens',
      description:
        'RFC 6749 section 3.2. Where `grant_type` is missing it is `password`. Registered clients prove themselves by ' +
        '`Basic`, or by `client_id` and `client_secret` in the form; a public one names itself. Parameters in the URL are refused.',
      security: CLIENT_OR_NONE,
      requestBody: {
        required: true,
        content: {
          [FORM]: {
            schema: {
              type: 'object',
              properties: {
                grant_type: { enum: GRANT_TYPES, default: 'password' },
                username: { type: 'string', description: 'For `password`' },
                password: { type: 'string', format: 'password', description: 'For `password`' },
                ...SCOPE_FIELD,
                refresh_token: { type: 'string', description: 'For `refresh_token`' },
                code: { type: 'string', description: 'For `authorization_code`' },
                redirect_uri: {
                  type: 'string',
                  format: 'uri',
                  description: 'For `authorization_code`: as it was at `/authorize`, or left out',
                },
                code_verifier: { type: 'string', description: 'For `authorization_code` (RFC 7636)' },
                ...CLIENT_FIELDS,
              },
            },
            examples: valuesOf({
              password: { grant_type: 'password', username: 'kandi', password: '' },
              'refresh token': { grant_type: 'refresh_token', refresh_token: 'gR8x…' },
              'authorization code': {
                grant_type: 'authorization_code',
                code: 'pXw1…',
                redirect_uri: 'https://app.example/callback',
                code_verifier: 'dBjf…',
                client_id: '0197…',
              },
              'client credentials': { grant_type: 'client_credentials', scope: 'reports' },
            }),
          },
        },
      },
      responses: {
        200: answer(
          'Signed in.',
          { ...NO_STORE, 'Set-Cookie': 'SetCookie', 'Gatehouse-Device': 'Device' },
          json('Tokens', {
            'a person': REFRESHED,
            'a program on its own': { ...ISSUED, scope: 'reports' },
          }),
        ),
        400: refusal('The grant is refused.', {
          'wrong password, unknown or disabled account': ['invalid_grant', 'Incorrect username or password'],
          'wrong or used refresh token': ['invalid_grant', 'Invalid or expired refresh token'],
          'wrong or used code': ['invalid_grant', 'Invalid or expired authorization code'],
          'missing parameter': ['invalid_request', 'The parameter username is missing'],
          'unknown grant': ['unsupported_grant_type', 'The grant type is not supported'],
          'not for this client': ['unauthorized_client', 'The client is not registered for this grant type'],
          'too wide a scope': ['invalid_scope', 'The scope is beyond what may be granted'],
        }),
        ...BAD_CLIENT,
        ...FOREIGN_ORIGIN,
        ...TOO_LARGE,
        429: refusal(
          'Too many failed attempts, of this account or from this address. A right password is not looked at either.',
          { limited: ['temporarily_unavailable', 'Too many attempts'] },
          { 'Retry-After': 'RetryAfter' },
        ),
        ...FAULTS,
      },
    },
  },
  '/token/refresh': {
    post: {
      operationId: 'refreshToken',
      tags: ['Tokens'],
      summary: 'Exchange a refresh token of our own for new tokens',
      description:
        'For sign-ins without a client: others send `grant_type=refresh_token` to `/token`. The token comes in the body, or as the ' +
        'cookie that `login(delivery: COOKIE)` set, and its successor goes back the same way. Each counts once: one that ' +
        'comes back after its grace is theft, and ends what `REUSE_REVOKES` names.',
      security: [],
      requestBody: {
        content: Object.fromEntries(
          [FORM, JSON_TYPE].map((type) => [
            type,
            {
              schema: { type: 'object', properties: { refresh_token: { type: 'string' } } },
              example: { refresh_token: 'gR8x…' },
            },
          ]),
        ),
      },
      responses: {
        200: answer(
          'The successor.',
          { ...NO_STORE, 'Set-Cookie': 'SetCookie' },
          json('Tokens', { 'came in the body': REFRESHED, 'came as a cookie': { ...ISSUED, scope: 'account' } }),
        ),
        400: refusal('There is no refresh token, or it does not count.', {
          'wrong or used': ['invalid_grant', 'Invalid or expired refresh token'],
          missing: ['invalid_request', 'The parameter refresh_token is missing'],
        }),
        ...FOREIGN_ORIGIN,
        ...TOO_LARGE,
        ...FAULTS,
      },
    },
  },
  '/revoke': {
    post: {
      operationId: 'revokeToken',
      tags: ['Tokens'],
      summary: 'Revoke a token',
      description:
        'RFC 7009. An access token counts no more; a refresh token ends its session with all of its access tokens. ' +
        'The answer is the same for a token that is none, is over, or is another client’s.',
      security: CLIENT_OR_NONE,
      requestBody: tokenForm({
        token_type_hint: { type: 'string', description: 'Not needed: the two look different.' },
      }),
      responses: {
        200: answer('Whatever the token was, it does not count.', NO_STORE),
        400: refusal('The form is wrong.', { missing: ['invalid_request', 'The parameter token is missing'] }),
        ...BAD_CLIENT,
        ...TOO_LARGE,
        ...FAULTS,
      },
    },
  },
  '/introspect': {
    post: {
      operationId: 'introspectToken',
      tags: ['Tokens'],
      summary: 'Ask whether a token counts, and for what',
      description:
        'RFC 7662, for registered clients with a secret: others could find out which stolen tokens still count.',
      security: [{ client: [] }],
      requestBody: tokenForm({ token_type_hint: { type: 'string', description: 'Not needed.' } }),
      responses: {
        200: answer(
          'How it stands at this moment.',
          NO_STORE,
          json('Introspection', {
            'does not count': { active: false },
            counts: {
              active: true,
              scope: 'account',
              client_id: '0197…',
              username: 'kandi',
              token_type: 'bearer',
              aud: 'gatehouse',
              jti: '5f0c…',
              iss: 'https://auth.example.com',
              sub: 'kandi',
              iat: 1795600000,
              exp: 1795601800,
            },
          }),
        ),
        400: refusal('The form is wrong.', { missing: ['invalid_request', 'The parameter token is missing'] }),
        ...BAD_CLIENT,
        ...TOO_LARGE,
        ...FAULTS,
      },
    },
  },
};

function tokenForm(more: Part): Part {
  return {
    required: true,
    content: {
      [FORM]: {
        schema: {
          type: 'object',
          required: ['token'],
          properties: { token: { type: 'string' }, ...more, ...CLIENT_FIELDS },
        },
        example: { token: 'eyJhbGciOi…' },
      },
    },
  };
}
