import { type Answers, answer, FORM, type Headers, NO_STORE, OVER_LIMIT, PAGE, type Part } from './answers.ts';

const TO_CLIENT = answer(
  'Back to the client: with `code`, or with `error` and `error_description`; with `state` as it was, and `iss` (RFC 9207).',
  { ...NO_STORE, Location: 'Location' },
);

const page = (description: string, headers: Headers = {}): Part =>
  answer(description, { ...NO_STORE, ...headers }, PAGE);

const FAULT_PAGES: Answers = {
  500: page('A fault of ours, in words.'),
  503: page('A store is away, or too many passwords wait for their check.', { 'Retry-After': 'MayRetryAfter' }),
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
      summary: 'Where a client sends a browser for its user to sign in',
      description:
        'RFC 6749 section 4.1, with PKCE (RFC 7636). It is opened, not fetched: the answers are pages that need no script ' +
        'and cannot be framed: one to sign in, and one to allow it.',
      security: [],
      parameters: [
        query('response_type', true, { const: 'code' }),
        query('client_id', true, {}),
        query('redirect_uri', false, {
          format: 'uri',
          description: 'One that the client is registered with; may be left out where it is the only one.',
        }),
        query('code_challenge', true, { pattern: '^[A-Za-z0-9_-]{43}$' }),
        query('code_challenge_method', true, { const: 'S256' }),
        query('scope', false, { description: 'Part of what the client is registered for, separated by blanks.' }),
        query('state', false, { maxLength: 2000 }),
        query('response_mode', false, { const: 'query' }),
      ],
      responses: {
        200: page('Asks to sign in, and whoever has signed in to allow it.', { 'Set-Cookie': 'InteractionCookie' }),
        303: TO_CLIENT,
        400: page('The client or its redirect URI is not known: the browser is sent nowhere.'),
        ...FAULT_PAGES,
      },
    },
    post: {
      operationId: 'answerAuthorization',
      tags: ['Authorization code'],
      summary: 'The forms of those pages',
      description:
        'First `sign-in`, then `allow`. Sent by the pages alone: an answer counts once, in the browser it was shown in, for ' +
        'ten minutes.',
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
                  description: '`leave`: it is somebody else who is to sign in.',
                },
                username: { type: 'string', description: 'To sign in' },
                password: { type: 'string', format: 'password', description: 'To sign in' },
              },
            },
          },
        },
      },
      responses: {
        303: answer(
          'After a sign-in to the page that asks. Then back to the client: with `code`, or with `error=access_denied`; with ' +
            '`state` as it was, and `iss` (RFC 9207).',
          { ...NO_STORE, Location: 'Location', 'Set-Cookie': 'SetCookie' },
        ),
        400: page('A wrong password, to try again; or a form that is over.'),
        403: page('The form was sent by a page of another origin.'),
        413: page(OVER_LIMIT),
        429: page('Too many attempts.', { 'Retry-After': 'RetryAfter' }),
        ...FAULT_PAGES,
      },
    },
  },
};
