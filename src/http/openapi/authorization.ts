import { type Answers, answer, FORM, type Headers, NO_STORE, OVER_LIMIT, PAGE, type Part } from './answers.ts';

const TO_CLIENT = answer(
  'Redirects to the client with `code`, or with `error` and `error_description`. Also sends the unchanged `state`, and ' +
    '`iss` (RFC 9207).',
  { ...NO_STORE, Location: 'Location' },
);

const page = (description: string, headers: Headers = {}): Part =>
  answer(description, { ...NO_STORE, ...headers }, PAGE);

const FAULT_PAGES: Answers = {
  500: page('An internal error, as a page.'),
  503: page('A store is unavailable, or the hashing queue is full.', { 'Retry-After': 'MayRetryAfter' }),
};

const query = (name: string, required: boolean, more: Part): Part => ({
  name,
  in: 'query',
  required,
  schema: { type: 'string', ...more },
});

export const AUTHORIZATION: Readonly<Record<string, Part>> = {
  '/authorize': {
    get: {
      operationId: 'beginAuthorization',
      tags: ['Authorization code'],
      summary: 'Begin the authorization code flow in the browser',
      description:
        'RFC 6749 section 4.1, with PKCE (RFC 7636). Open this address in a browser, do not fetch it. It returns a page to ' +
        'sign in and a page to allow access. Both work without scripts and cannot be framed.',
      security: [],
      parameters: [
        query('response_type', true, { const: 'code' }),
        query('client_id', true, {}),
        query('redirect_uri', false, {
          format: 'uri',
          description: 'A registered redirect URI of the client. Optional when the client has only one.',
        }),
        query('code_challenge', true, { pattern: '^[A-Za-z0-9_-]{43}$' }),
        query('code_challenge_method', true, { const: 'S256' }),
        query('scope', false, { description: 'A subset of the scopes of the client, separated by spaces.' }),
        query('state', false, { maxLength: 2000 }),
        query('response_mode', false, { const: 'query' }),
      ],
      responses: {
        200: page('The sign-in page, or the consent page after a sign-in.', { 'Set-Cookie': 'InteractionCookie' }),
        303: TO_CLIENT,
        400: page('The client or its redirect URI is unknown. The browser is not redirected.'),
        ...FAULT_PAGES,
      },
    },
    post: {
      operationId: 'answerAuthorization',
      tags: ['Authorization code'],
      summary: 'Submit the sign-in or consent form',
      description:
        'First `sign-in`, then `allow`. Only the pages submit these forms. A form is valid once, for ten minutes, in the ' +
        'browser that loaded it.',
      security: [],
      requestBody: {
        required: true,
        content: {
          [FORM]: {
            schema: {
              type: 'object',
              required: ['transaction', 'csrf', 'decision'],
              properties: {
                transaction: { type: 'string' },
                csrf: { type: 'string' },
                decision: {
                  enum: ['sign-in', 'leave', 'allow', 'deny'],
                  description: '`leave` forgets the sign-in, so that another user can sign in.',
                },
                username: { type: 'string', description: 'For `sign-in`' },
                password: { type: 'string', format: 'password', description: 'For `sign-in`' },
              },
            },
          },
        },
      },
      responses: {
        303: answer(
          'After a sign-in, redirects to the consent page. After consent, redirects to the client with `code` or ' +
            '`error=access_denied`, the unchanged `state` and `iss` (RFC 9207).',
          { ...NO_STORE, Location: 'Location', 'Set-Cookie': 'SetCookie' },
        ),
        400: page('The password is wrong, or the form is no longer valid.'),
        403: page('A page of another origin submitted the form.'),
        413: page(OVER_LIMIT),
        429: page('Too many attempts.', { 'Retry-After': 'RetryAfter' }),
        ...FAULT_PAGES,
      },
    },
  },
};
