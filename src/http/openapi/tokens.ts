import { SECOND_FACTOR } from '../../oauth/token.ts';
import { GRANT_TYPES } from '../../clients/clients.ts';
import {
  answer,
  BAD_CLIENT,
  FAULTS,
  FOREIGN_ORIGIN,
  FORM,
  json,
  JSON_TYPE,
  missing,
  NO_STORE,
  type Part,
  refusal,
  TOO_LARGE,
  valuesOf,
} from './answers.ts';

const CLIENT_FIELDS = {
  client_id: { type: 'string', description: 'The id of a registered client. Not needed for direct sign-ins.' },
  client_secret: {
    type: 'string',
    format: 'password',
    description: 'The client secret, unless the client authenticates with `Basic`.',
  },
};
const SCOPE_FIELD = {
  scope: {
    type: 'string',
    description: 'A subset of the available scopes, separated by spaces. All of them when omitted.',
  },
};

const ISSUED = { access_token: 'eyJhbGciOi…', token_type: 'bearer', expires_in: 1800 };
const REFRESHED = { ...ISSUED, refresh_token: 'gR8x…', scope: 'account' };

/** The client authenticates with `Basic` or in the form, or there is no client. */
const CLIENT_OR_NONE = [{}, { client: [] }];

export const TOKENS: Readonly<Record<string, Part>> = {
  '/token': {
    post: {
      operationId: 'getToken',
      tags: ['Tokens'],
      summary: 'Sign in, or exchange a grant for tokens',
      description:
        'RFC 6749 section 3.2. The default of `grant_type` is `password`. Registered clients authenticate with `Basic`, or ' +
        'with `client_id` and `client_secret` in the form. A public client sends only `client_id`. Parameters in the URL ' +
        'are refused.',
      security: CLIENT_OR_NONE,
      requestBody: {
        required: true,
        content: {
          [FORM]: {
            schema: {
              type: 'object',
              properties: {
                grant_type: { enum: [...GRANT_TYPES, SECOND_FACTOR], default: 'password' },
                username: {
                  type: 'string',
                  description: 'The user name or a verified e-mail address, for `password`',
                },
                password: { type: 'string', format: 'password', description: 'For `password`' },
                ...SCOPE_FIELD,
                auth_session: {
                  type: 'string',
                  description: 'Second factor: the ticket of the refused password grant',
                },
                otp: { type: 'string', description: 'Second factor: the code of the authenticator app' },
                recovery_code: {
                  type: 'string',
                  description: 'Second factor: a recovery code, instead of `otp`',
                },
                refresh_token: { type: 'string', description: 'For `refresh_token`' },
                code: { type: 'string', description: 'For `authorization_code`' },
                redirect_uri: {
                  type: 'string',
                  format: 'uri',
                  description: 'The value sent to `/authorize`, if any, for `authorization_code`',
                },
                code_verifier: { type: 'string', description: 'RFC 7636, for `authorization_code`' },
                ...CLIENT_FIELDS,
              },
            },
            examples: valuesOf({
              password: { grant_type: 'password', username: 'kandi', password: '' },
              'second factor': { grant_type: SECOND_FACTOR, auth_session: 'pXw1…', otp: '123456' },
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
            'a user': REFRESHED,
            'a client without a user': { ...ISSUED, scope: 'reports' },
          }),
        ),
        400: refusal('The grant is refused.', {
          'wrong password, unknown or disabled account': ['invalid_grant', 'Incorrect username or password'],
          'right password, second factor needed': ['insufficient_authorization', 'A second factor is required'],
          'wrong code': ['invalid_grant', 'Invalid or expired auth_session, or wrong code'],
          'wrong or used refresh token': ['invalid_grant', 'Invalid or expired refresh token'],
          'wrong or used code': ['invalid_grant', 'Invalid or expired authorization code'],
          'missing parameter': missing('username'),
          'unknown grant': ['unsupported_grant_type', 'The grant type is not supported'],
          'not for this client': ['unauthorized_client', 'The client is not registered for this grant type'],
          'too wide a scope': ['invalid_scope', 'The scope is beyond what may be granted'],
        }),
        ...BAD_CLIENT,
        ...FOREIGN_ORIGIN,
        ...TOO_LARGE,
        429: refusal(
          'Too many failed attempts for this account or from this address. Even a correct password is refused.',
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
      summary: 'Exchange a refresh token for new tokens',
      description:
        'Only sign-ins without a client use it. Registered clients send `grant_type=refresh_token` to `/token`. Send the ' +
        'token in the body, or as the cookie that `login(delivery: COOKIE)` set. Its successor is returned the same way. A ' +
        'refresh token is valid once. Reuse after the grace period counts as theft and ends the sessions that ' +
        '`REUSE_REVOKES` names.',
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
          'The new tokens.',
          { ...NO_STORE, 'Set-Cookie': 'SetCookie' },
          json('Tokens', { 'sent in the body': REFRESHED, 'sent as a cookie': { ...ISSUED, scope: 'account' } }),
        ),
        400: refusal('The refresh token is missing or not valid.', {
          'wrong or used': ['invalid_grant', 'Invalid or expired refresh token'],
          missing: missing('refresh_token'),
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
        'RFC 7009. Revokes an access token, or the session of a refresh token with all its access tokens. The response is ' +
        'the same for an unknown token, an expired token and a token of another client.',
      security: CLIENT_OR_NONE,
      requestBody: tokenForm({
        token_type_hint: {
          type: 'string',
          description: 'Not needed. Access and refresh tokens have different formats.',
        },
      }),
      responses: {
        200: answer('The token is not valid any more.', NO_STORE),
        400: refusal('The form is incomplete or malformed.', { missing: missing('token') }),
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
      summary: 'Get the state and the claims of a token',
      description:
        'RFC 7662. Only for registered clients with a secret, because others could test which stolen tokens are still valid.',
      security: [{ client: [] }],
      requestBody: tokenForm({ token_type_hint: { type: 'string', description: 'Not needed.' } }),
      responses: {
        200: answer(
          'The current state of the token.',
          NO_STORE,
          json('Introspection', {
            'not valid': { active: false },
            valid: {
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
              auth_time: 1795600000,
              amr: ['pwd', 'otp', 'mfa'],
              acr: 'urn:gatehouse:acr:2',
            },
          }),
        ),
        400: refusal('The form is incomplete or malformed.', { missing: missing('token') }),
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
