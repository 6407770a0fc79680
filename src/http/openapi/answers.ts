import { BODY_LIMIT } from '../middleware/bodies.ts';

/** A part of the OpenAPI document. */
export type Part = Readonly<Record<string, unknown>>;

/** The answers to requests that fail, by status. */
export type Answers = Readonly<Record<string, Part>>;

export const FORM = 'application/x-www-form-urlencoded';
export const JSON_TYPE = 'application/json';

/** The content of an HTML answer. */
export const PAGE: Part = { 'text/html': { schema: { type: 'string' } } };

export const schema = (name: string): Part => ({ $ref: `#/components/schemas/${name}` });
const header = (name: string): Part => ({ $ref: `#/components/headers/${name}` });

/** The headers with a meaning for clients, without the general ones of HTTP. */
export const HEADERS = {
  RequestId: {
    description: 'The id of the request, as in the server log.',
    required: true,
    schema: { type: 'string' },
  },
  NoStore: {
    description: 'Forbids caches to store the response, because it concerns one account.',
    required: true,
    schema: { const: 'no-store' },
  },
  Cached: {
    description: 'The time for which the response may be cached, in seconds.',
    required: true,
    schema: { type: 'string', examples: ['public, max-age=300'] },
  },
  Revalidated: {
    description: 'Allows caching with revalidation by `ETag`.',
    required: true,
    schema: { const: 'no-cache' },
  },
  ETag: { description: 'Identifies the version of the response.', required: true, schema: { type: 'string' } },
  RetryAfter: {
    description: 'Whole seconds until the next attempt.',
    required: true,
    schema: { type: 'integer', minimum: 1 },
  },
  MayRetryAfter: {
    description: 'Whole seconds until the next attempt, if known.',
    schema: { type: 'integer', minimum: 1 },
  },
  BearerChallenge: {
    description: 'RFC 6750 section 3. Without `error` when the request had no token.',
    required: true,
    schema: { type: 'string', pattern: '^Bearer( error="(invalid_token|insufficient_scope)")?$' },
  },
  MayChallenge: { description: 'The authentication scheme, with 401 and 403.', schema: { type: 'string' } },
  BasicChallenge: {
    description: 'A supported method of client authentication (RFC 6749 section 5.2).',
    required: true,
    schema: { const: 'Basic realm="gatehouse"' },
  },
  SetCookie: {
    description:
      'Cookies for browsers, `HttpOnly; SameSite=Strict`. `gatehouse_refresh` is the successor of a refresh token sent ' +
      'as a cookie. `gatehouse_device` recognises a browser that signed in before. `gatehouse_signed_in` is the user ' +
      'who signed in on the authorization page. Names begin with `__Host-`, except over plain HTTP, and end with the ' +
      'port and the path of the public address, if it has them (`gatehouse_refresh_4000~auth`).',
    schema: { type: 'string' },
  },
  InteractionCookie: {
    description: '`gatehouse_interaction`, which binds the form to this browser.',
    required: true,
    schema: { type: 'string' },
  },
  Device: {
    description:
      'A device token, for programs and for pages that sent this header. Send it with later sign-ins to be recognised.',
    schema: { type: 'string' },
  },
  TokenNotice: {
    description:
      'Asks the client to get a new access token: `refused` when the token was not accepted, whatever the status, or ' +
      '`role-changed` when the role of the account differs from the role in the token.',
    schema: { enum: ['refused', 'role-changed'] },
  },
  Location: {
    description: 'The address to redirect to.',
    required: true,
    schema: { type: 'string', format: 'uri-reference' },
  },
} as const satisfies Readonly<Record<string, Part>>;

export type Headers = Readonly<Record<string, keyof typeof HEADERS>>;

/** Returns an answer. @param headers the headers in addition to `X-Request-Id` */
export function answer(description: string, headers: Headers, content?: Part): Part {
  const all = { 'X-Request-Id': 'RequestId', ...headers };
  return {
    description,
    headers: Object.fromEntries(Object.entries(all).map(([name, of]) => [name, header(of)])),
    ...(content === undefined ? {} : { content }),
  };
}

/** Returns the content of a JSON answer, with its schema and examples by name. */
export function json(schemaName: string, examples: Readonly<Record<string, unknown>>): Part {
  return { [JSON_TYPE]: { schema: schema(schemaName), examples: valuesOf(examples) } };
}

export const valuesOf = (examples: Readonly<Record<string, unknown>>): Part =>
  Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value }]));

export const NO_STORE: Headers = { 'Cache-Control': 'NoStore' };

export const NOTICE: Headers = { 'Gatehouse-Token': 'TokenNotice' };

type RefusalExample = readonly [error: string, description: string, more?: Part];

/** Returns the example of the error for a missing parameter. */
export const missing = (name: string): RefusalExample => [
  'invalid_request',
  `The parameter ${name} is missing`,
  { fields: [{ field: name, code: 'REQUIRED' }] },
];

/** Returns an error in the form of RFC 6749 section 5.2. @param errors code, text and further members, by cause */
export function refusal(
  description: string,
  errors: Readonly<Record<string, RefusalExample>>,
  headers: Headers = {},
): Part {
  const examples = Object.entries(errors).map(([name, [error, text, more]]): [string, object] => [
    name,
    { error, error_description: text, ...more },
  ]);
  return answer(description, { ...NO_STORE, ...headers }, json('Error', Object.fromEntries(examples)));
}

/** The answer to a client that failed to authenticate. */
export const BAD_CLIENT: Answers = {
  401: refusal(
    'The client is unknown, or its secret is wrong or missing.',
    { 'bad client': ['invalid_client', 'Client authentication failed'] },
    { 'WWW-Authenticate': 'BasicChallenge' },
  ),
};

export const FOREIGN_ORIGIN: Answers = {
  403: refusal('The origin of the page is neither the public address nor one of `CORS_ORIGINS`.', {
    'foreign origin': ['access_denied', 'Origin not allowed'],
  }),
};

/** The description of status 413. */
export const OVER_LIMIT = `The body is over ${BODY_LIMIT.toLocaleString('en')} bytes.`;

export const TOO_LARGE: Answers = {
  413: refusal(OVER_LIMIT, { 'too large': ['invalid_request', 'Request too large'] }),
};

export const FAULTS: Answers = {
  500: refusal('An internal error. The log has the cause, under the request id.', {
    fault: ['server_error', 'Internal server error'],
  }),
  503: refusal(
    'A store is unavailable, or the hashing queue is full. Nothing was changed. Try again later.',
    { away: ['temporarily_unavailable', 'Try again later'] },
    { 'Retry-After': 'MayRetryAfter' },
  ),
};
