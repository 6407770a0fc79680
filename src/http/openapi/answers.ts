import { BODY_LIMIT } from '../middleware/bodies.ts';

/** A piece of the document. */
export type Part = Readonly<Record<string, unknown>>;

/** What a wrong request, or a bad moment, comes to: its status and the part of the document for it. */
export type Answers = Readonly<Record<string, Part>>;

export const FORM = 'application/x-www-form-urlencoded';
export const JSON_TYPE = 'application/json';

/** The content of an answer for people. */
export const PAGE: Part = { 'text/html': { schema: { type: 'string' } } };

export const schema = (name: string): Part => ({ $ref: `#/components/schemas/${name}` });
const header = (name: string): Part => ({ $ref: `#/components/headers/${name}` });

/** Every header that says something to a client, beside those of every HTTP server. */
export const HEADERS = {
  RequestId: {
    description: 'Names this request; the line in our log has it too.',
    required: true,
    schema: { type: 'string' },
  },
  NoStore: {
    description: 'What one account may see is no cache’s to keep.',
    required: true,
    schema: { const: 'no-store' },
  },
  Cached: {
    description: 'For how long it may be kept, in seconds.',
    required: true,
    schema: { type: 'string', examples: ['public, max-age=300'] },
  },
  Revalidated: {
    description: 'It may be kept, and is asked for again by its `ETag`.',
    required: true,
    schema: { const: 'no-cache' },
  },
  ETag: { description: 'Changes with what is answered.', required: true, schema: { type: 'string' } },
  RetryAfter: {
    description: 'Whole seconds until another try makes sense.',
    required: true,
    schema: { type: 'integer', minimum: 1 },
  },
  MayRetryAfter: {
    description: 'Whole seconds until another try makes sense, where that is known.',
    schema: { type: 'integer', minimum: 1 },
  },
  BearerChallenge: {
    description: 'RFC 6750 section 3; without `error` where no token was shown.',
    required: true,
    schema: { type: 'string', pattern: '^Bearer( error="(invalid_token|insufficient_scope)")?$' },
  },
  MayChallenge: { description: 'With 401 and 403: how to show a token.', schema: { type: 'string' } },
  BasicChallenge: {
    description: 'One of the ways in which a client proves itself (RFC 6749 section 5.2).',
    required: true,
    schema: { const: 'Basic realm="gatehouse"' },
  },
  SetCookie: {
    description:
      'For browsers, `HttpOnly; SameSite=Strict`: `gatehouse_refresh`, the successor of a refresh token that came as a ' +
      'cookie; `gatehouse_device`, by which a browser that signed in is known; `gatehouse_signed_in`, ' +
      'who has signed in to answer an app. With `__Host-` in front, but for plain HTTP, and with ' +
      'the port and the path behind (`gatehouse_refresh_4000~auth`) where the public address has them.',
    schema: { type: 'string' },
  },
  InteractionCookie: {
    description: '`gatehouse_interaction`: ties the form to this browser.',
    required: true,
    schema: { type: 'string' },
  },
  Device: {
    description:
      'For programs, and for pages that sent it: what a later sign-in may show as the same header, to be known.',
    schema: { type: 'string' },
  },
  TokenNotice: {
    description:
      'Asks for another access token than the one that was shown: `refused`, whatever the status, or `role-changed`, where ' +
      'the account has another role than the token says.',
    schema: { enum: ['refused', 'role-changed'] },
  },
  Location: {
    description: 'Where the browser goes.',
    required: true,
    schema: { type: 'string', format: 'uri-reference' },
  },
} as const satisfies Readonly<Record<string, Part>>;

export type Headers = Readonly<Record<string, keyof typeof HEADERS>>;

/** An answer, with the headers it has beside `X-Request-Id`. */
export function answer(description: string, headers: Headers, content?: Part): Part {
  const all = { 'X-Request-Id': 'RequestId', ...headers };
  return {
    description,
    headers: Object.fromEntries(Object.entries(all).map(([name, of]) => [name, header(of)])),
    ...(content === undefined ? {} : { content }),
  };
}

/** What is answered as JSON of a schema, with examples by name. */
export function json(schemaName: string, examples: Readonly<Record<string, unknown>>): Part {
  return { [JSON_TYPE]: { schema: schema(schemaName), examples: valuesOf(examples) } };
}

export const valuesOf = (examples: Readonly<Record<string, unknown>>): Part =>
  Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value }]));

export const NO_STORE: Headers = { 'Cache-Control': 'NoStore' };

export const NOTICE: Headers = { 'Gatehouse-Token': 'TokenNotice' };

/** A refusal in the form of RFC 6749 section 5.2. @param errors code and text by what leads to it */
export function refusal(
  description: string,
  errors: Readonly<Record<string, readonly [error: string, description: string]>>,
  headers: Headers = {},
): Part {
  const examples = Object.entries(errors).map(([name, [error, text]]): [string, object] => [
    name,
    { error, error_description: text },
  ]);
  return answer(description, { ...NO_STORE, ...headers }, json('Error', Object.fromEntries(examples)));
}

/** The client proved itself wrongly, or not at all. */
export const BAD_CLIENT: Answers = {
  401: refusal(
    'The client is not known, or its secret is wrong or missing.',
    { 'bad client': ['invalid_client', 'Client authentication failed'] },
    { 'WWW-Authenticate': 'BasicChallenge' },
  ),
};

export const FOREIGN_ORIGIN: Answers = {
  403: refusal('A page of an origin that is neither ours nor among `CORS_ORIGINS` asks.', {
    'foreign origin': ['access_denied', 'Origin not allowed'],
  }),
};

/** How 413 is described. */
export const OVER_LIMIT = `The body is over ${BODY_LIMIT.toLocaleString('en')} bytes.`;

export const TOO_LARGE: Answers = {
  413: refusal(OVER_LIMIT, { 'too large': ['invalid_request', 'Request too large'] }),
};

export const FAULTS: Answers = {
  500: refusal('A fault of ours. The cause is in the log, by the request’s id.', {
    fault: ['server_error', 'Internal server error'],
  }),
  503: refusal(
    'A store is away, or too many passwords wait for their check. Nothing has happened: try again later.',
    { away: ['temporarily_unavailable', 'Try again later'] },
    { 'Retry-After': 'MayRetryAfter' },
  ),
};
