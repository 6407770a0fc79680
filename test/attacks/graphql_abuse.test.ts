import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { brotliCompressSync, constants, createBrotliCompress, createDeflate, createGzip } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { GraphqlAnswer, GraphqlError } from '../support/http_client.ts';
import { expectClosed } from '../support/error_table.ts';
import { ADMIN, describeOnStores, type Instance, startInstance } from '../support/instance.ts';
import { adminToken, createUser } from '../support/accounts.ts';
import { sendRaw } from '../support/raw_request.ts';
import { describeOnRoutes } from '../support/both_routes.ts';

const TYPED = { 'content-type': 'application/json' };
const PREFLIGHT = { 'apollo-require-preflight': '1' };
const TYPENAME = '{"query":"{ __typename }"}';
const ONE_SIGN_IN = 'Only one sign-in or password field is allowed in a document';

const many = (count: number, text: (n: number) => string) => Array.from({ length: count }, (_, n) => text(n)).join(' ');

let gatehouse: Instance;
beforeAll(async () => {
  gatehouse = await startInstance({ env: { REGISTRATION: 'open' } });
});
afterAll(() => gatehouse.close());
const place = { get: () => gatehouse, set: (instance: Instance) => (gatehouse = instance) };

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}
type Answer = Pick<GraphqlAnswer, 'status' | 'headers' | 'data' | 'errors'>;

/** Sends a request exactly as given. Checks that the response is GraphQL's and its errors are in the closed table. */
async function send({ method = 'POST', path = '', headers = TYPED, body }: Sent, { url } = gatehouse): Promise<Answer> {
  const asIs = (value: unknown) => value === undefined || typeof value === 'string' || Buffer.isBuffer(value);
  const text = (asIs(body) ? body : JSON.stringify(body)) as string | Buffer<ArrayBuffer> | undefined;
  const response = await fetch(`${url}/graphql${path}`, {
    method,
    headers,
    ...(text === undefined ? {} : { body: text }),
  });
  const { data, errors } = (await response.json()) as GraphqlAnswer;
  expectClosed(errors);
  return { status: response.status, headers: response.headers, data, errors };
}

const codes = (errors: readonly GraphqlError[] | undefined) => (errors ?? []).map((error) => error.extensions.code);

/** Expects a refusal before execution: no `data`, one code, and the message. */
async function expectRefused(sent: Sent, status: number, code: string, message: RegExp, where = gatehouse) {
  const answer = await send(sent, where);
  expect({ status: answer.status, code: codes(answer.errors)[0], data: answer.data }).toEqual({
    status,
    code,
    data: undefined,
  });
  expect(answer.errors?.[0]?.message).toMatch(message);
  return answer;
}

describe('several sign-in fields in one document', () => {
  const WRONG = 'login(username: "admin", password: "a wrong password") { tokenType }';
  const REGISTER = (name: string) =>
    `register(input: { username: "${name}", email: "${name}@example.com", password: "a password of ${name}" }) { id }`;

  const documents: [string, Record<string, unknown>][] = [
    ['aliases', { query: `mutation { ${many(60, (n) => `a${n}: ${WRONG}`)} }` }],
    [
      'fragments',
      { query: `mutation { ...A ...B } ${many(2, (n) => `fragment ${'AB'[n]} on Mutation { a${n}: ${WRONG} }`)}` },
    ],
    [
      'a fragment in a fragment',
      { query: `mutation { ...A b: ${WRONG} } fragment A on Mutation { ...B } fragment B on Mutation { ${WRONG} }` },
    ],
    ['inline fragments', { query: `mutation { ... { a: ${WRONG} } ... on Mutation { ... { b: ${WRONG} } } }` }],
    [
      'one of them left out by a directive',
      { query: `mutation ($no: Boolean = false) { ${WRONG} b: ${WRONG.replace(' {', ' @include(if: $no) {')} }` },
    ],
    ['several operations', { query: `mutation A { ${WRONG} } mutation B { ${WRONG} }`, operationName: 'A' }],
    ['login and refresh', { query: `mutation { ${WRONG} refresh(refreshToken: "x") { tokenType } }` }],
    [
      'login and changePassword',
      { query: `mutation { ${WRONG} changePassword(currentPassword: "a", newPassword: "b") }` },
    ],
    [
      'refreshes',
      { query: 'mutation { a: refresh(refreshToken: "x") { tokenType } b: refresh(refreshToken: "y") { tokenType } }' },
    ],
    ['registrations', { query: `mutation { a: ${REGISTER('nobody.one')} b: ${REGISTER('nobody.two')} }` }],
    [
      'password resets',
      {
        query: `mutation { ${many(2, (n) => `a${n}: setUserPassword(username: "admin", newPassword: "another password") { id }`)} }`,
      },
    ],
  ];

  it('is refused before execution, and counts one attempt for the address and none for an account', async () => {
    const limited = await gatehouse.replica({ LOGIN_LIMIT_PER_IP: String(documents.length + 1) });
    const login = async () => (await limited.client.tryLogin(ADMIN.username, ADMIN.password)).refusal;
    for (const [name, body] of documents) {
      const { status, data, errors } = await send({ body }, limited);
      expect({ name, status, data, code: codes(errors)[0], message: errors?.[0]?.message }).toEqual({
        name,
        status: 400,
        data: undefined,
        code: 'GRAPHQL_VALIDATION_FAILED',
        message: ONE_SIGN_IN,
      });
    }
    // If one wrong password had been verified, the fourth would have delayed the account.
    expect(await login()).toBeUndefined();
    await send({ body: documents[0]![1] }, limited);
    expect(await login()).toBe('RATE_LIMITED');
    await limited.stop();

    const token = await adminToken(gatehouse);
    const { data } = await gatehouse.client.ask('{ user(username: "nobody.one") { id } }', { token });
    expect(data).toEqual({ user: null });
  });

  it('counts one attempt for a hundred of them, too', async () => {
    const limited = await gatehouse.replica({ LOGIN_LIMIT_PER_IP: '1' });
    const query = `mutation { ${many(100, (n) => `a${n}: ${WRONG}`)} }`;
    const { status, errors } = await send({ body: { query } }, limited);
    expect([status, errors?.[0]?.message]).toEqual([400, ONE_SIGN_IN]);
    expect((await limited.client.tryLogin(ADMIN.username, ADMIN.password)).refusal).toBe('RATE_LIMITED');
    await limited.stop();
  });

  it('is one attempt to a batch, which is none', async () => {
    const body = Array(50).fill({ query: `mutation { ${WRONG} }` });
    await expectRefused({ body }, 400, 'BAD_USER_INPUT', /^Batched requests are not served$/);
    expect((await gatehouse.client.tryLogin(ADMIN.username, ADMIN.password)).refusal).toBeUndefined();
  });
});

describeOnRoutes('a document over a limit', place, () => {
  it.each([
    ['tokens', `{ ${many(1999, () => '__typename')} }`, /more than 2000 tokens/],
    [
      'depth',
      `${many(13, () => '{ me')} ${many(13, () => '}')}`.replace('me }', 'me { id } }'),
      /limit of 12 for depth: 14/,
    ],
    ['aliases', `{ ${many(31, (n) => `a${n}: __typename`)} }`, /limit of 30 for aliases: 31/],
    ['cost', `{ users(first: 100) { edges { node { ${many(48, () => 'id')} } } } }`, /limit of 5000 for cost: 5001/],
    [
      'a cycle',
      '{ me { ...A } } fragment A on User { ...B } fragment B on User { ...A }',
      /fragment "A" within itself/,
    ],
  ])('is refused, with the limit: %s', async (_name, query, message) => {
    await expectRefused({ body: { query } }, 400, 'GRAPHQL_VALIDATION_FAILED', message);
  });
});

describeOnRoutes('the longest sign-in activity', place, () => {
  // Threat: thirty of these fields in one document delayed every other request for seconds.
  const SERIES = 'signInActivity(from: "2026-01-01T00:00:00Z", to: "2026-01-01T16:40:00Z", step: MINUTE)';
  const BY_VARIABLES = 'signInActivity(from: $from, to: $to, step: MINUTE)';
  const variables = { from: '2026-01-01T00:00:00Z', to: '2026-01-01T16:40:00Z' };

  it.each([
    ['told', SERIES, ''],
    ['by variables', BY_VARIABLES, '($from: DateTime!, $to: DateTime!)'],
  ])('is served once per document, and not twice: %s', async (_how, series, declared) => {
    const query = (fields: string) => `query ${declared} { ${fields} }`;
    const once = query(`${series} { __typename at signIns failures limited reuses }`);
    const { data } = await gatehouse.client.ask(once, { token: await adminToken(gatehouse), variables });
    expect(data.signInActivity).toHaveLength(1000);
    const twice = query(`a: ${series} { at } b: ${series} { at }`);
    await expectRefused(
      { body: { query: twice, variables } },
      400,
      'GRAPHQL_VALIDATION_FAILED',
      /of 5000 for cost: 6002/,
    );
  });
});

describeOnRoutes('unknown elements of the schema', place, () => {
  it.each([
    ['a field', '{ mee { id } }'],
    ['a field below', '{ me { usernam } }'],
    ['an argument', '{ users(frist: 1) { totalCount } }'],
    ['a type', 'query ($a: RegisterInpu) { users(search: $a) { totalCount } }'],
    ['a fragment', '{ ...Nam } fragment Name on Query { __typename }'],
    ['a directive', '{ me @includ(if: true) { id } }'],
    ['an enum value', 'mutation { login(username: "a", password: "b", delivery: BOD) { tokenType } }'],
    ['an input field', 'mutation { register(input: { usernam: "a" }) { id } }'],
    ['a subscription', 'subscription { me { id } }'],
    [
      'incremental delivery',
      '{ __typename ... @defer { me { id } } }',
      { accept: 'multipart/mixed; deferSpec=20220824, application/json' },
    ],
    [
      'an enum value by variable',
      'mutation ($v: RefreshTokenDelivery) { login(username: "a", password: "b", delivery: $v) { tokenType } }',
      {},
      'BOD',
    ],
    [
      'an input field by variable',
      'mutation ($v: RegisterInput!) { register(input: $v) { id } }',
      {},
      { usernam: 'a' },
    ],
    [
      'a role on an input without one',
      'mutation ($v: RegisterInput!) { register(input: $v) { id } }',
      {},
      { username: 'abc', email: 'a@b.cc', password: 'a long password', role: 'admin' },
    ],
  ] as [string, string, Record<string, string>?, unknown?][])(
    'is refused without a suggestion: %s',
    async (_name, query, headers = {}, v) => {
      const { status, data, errors } = await send({
        headers: { ...TYPED, ...headers },
        body: { query, variables: { v } },
      });
      expect({ status, data }).toEqual({ status: 400, data: undefined });
      expect(codes(errors)[0]).toBe(v === undefined ? 'GRAPHQL_VALIDATION_FAILED' : 'BAD_USER_INPUT');
    },
  );
});

describe('introspection', () => {
  const QUERIES = [
    '{ __schema { types { name } } }',
    '{ __type(name: "User") { fields { name } } }',
    '{ a: __schema { __typename } }',
  ];
  // The production settings of hashes, at OWASP's minimum.
  const PRODUCTION = {
    NODE_ENV: 'production',
    ALLOW_EMBEDDED: 'true',
    ARGON2_MEMORY_KIB: '19456',
    ARGON2_TIME_COST: '2',
  };

  it.each([
    ['on by default', {}, true],
    ['off', { INTROSPECTION: 'off' }, false],
    ['off by default in production', PRODUCTION, false],
    ['on in production, where asked for', { ...PRODUCTION, INTROSPECTION: 'on' }, true],
  ])('is %s', async (_name, env, on) => {
    const replica = await gatehouse.replica(env);
    for (const query of QUERIES) {
      const { status, errors, data } = await send({ body: { query } }, replica);
      expect({ status, code: codes(errors)[0], told: data !== undefined }).toEqual(
        on
          ? { status: 200, code: undefined, told: true }
          : { status: 400, code: 'GRAPHQL_VALIDATION_FAILED', told: false },
      );
    }
    expect((await send({ body: TYPENAME }, replica)).data).toEqual({ __typename: 'Query' });
    await replica.stop();
  });
});

describeOnRoutes('requests from another site', place, () => {
  // Requests that a form or an image of any page can send without a preflight.
  it.each([
    ['text', { headers: { 'content-type': 'text/plain' }, body: TYPENAME }],
    ['text with a JSON parameter', { headers: { 'content-type': 'text/plain; application/json' }, body: TYPENAME }],
    ['a form', { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'query={__typename}' }],
    ['an upload', { headers: { 'content-type': 'multipart/form-data; boundary=x' }, body: TYPENAME }],
    ['GET', { method: 'GET', headers: {}, path: '?query={__typename}' }],
    [
      'GET with an empty header',
      { method: 'GET', headers: { 'apollo-require-preflight': '' }, path: '?query={__typename}' },
    ],
  ])('are refused: %s', async (_name, sent) => {
    await expectRefused(sent, 400, 'BAD_USER_INPUT', /Cross-Site Request Forgery/);
  });

  it('may read by GET after a preflight', async () => {
    const { status, data } = await send({ method: 'GET', headers: PREFLIGHT, path: '?query={__typename}' });
    expect({ status, data }).toEqual({ status: 200, data: { __typename: 'Query' } });
  });

  it.each([
    ['alone', 'mutation { logoutEverywhere }', ''],
    ['beside a query', 'query A { __typename } mutation B { logoutEverywhere }', '&operationName=B'],
  ])('never mutate by GET: %s', async (_name, query, more) => {
    const sent = { method: 'GET', headers: PREFLIGHT, path: `?query=${encodeURIComponent(query)}${more}` };
    const { headers } = await expectRefused(sent, 405, 'BAD_USER_INPUT', /GET/);
    expect(headers.get('allow')).toBe('POST');
  });

  it.each(['PUT', 'PATCH', 'DELETE'])('are not served: %s', async (method) => {
    await expectRefused({ method, body: TYPENAME }, 405, 'BAD_USER_INPUT', /GET\/POST/);
  });
});

describeOnRoutes('bodies', place, () => {
  const LARGE = TYPENAME.padEnd(100_001);

  it('are read up to 100 kB and refused with one byte more', async () => {
    expect((await send({ body: LARGE.slice(0, 100_000) })).status).toBe(200);
    await expectRefused({ body: LARGE }, 413, 'PAYLOAD_TOO_LARGE', /^Request too large$/);
  });

  it('are counted in chunks, without a length', async () => {
    const request = httpRequest(`${gatehouse.url}/graphql`, { method: 'POST', headers: TYPED });
    for (let at = 0; at < LARGE.length; at += 10_000) request.write(LARGE.slice(at, at + 10_000));
    request.end();
    const [response] = (await once(request, 'response')) as [Readable & { statusCode: number }];
    expect(request.getHeader('content-length')).toBeUndefined();
    expect(response.statusCode).toBe(413);
    expect(JSON.parse((await buffer(response)).toString()).errors[0].extensions.code).toBe('PAYLOAD_TOO_LARGE');
  });

  describe('are refused if their length is not the declared one', () => {
    /** Sends exactly these bytes and returns the whole response. */
    async function exchange(...lines: string[]): Promise<string> {
      const { hostname, port } = new URL(gatehouse.url);
      const socket = connect(Number(port), hostname);
      socket.on('error', () => {});
      socket.write(
        ['POST /graphql HTTP/1.1', `Host: ${hostname}`, 'Content-Type: application/json', ...lines].join('\r\n'),
      );
      const chunks: Buffer[] = [];
      socket.on('data', (chunk) => chunks.push(chunk));
      await once(socket, 'close');
      return Buffer.concat(chunks).toString();
    }
    const hidden = 'POST /graphql HTTP/1.1';

    it.each([
      ['more follows than was said', ['Connection: close', 'Content-Length: 5', '', TYPENAME], /^HTTP\/1.1 400 /],
      [
        'a length beside chunks',
        ['Content-Length: 5', 'Transfer-Encoding: chunked', '', '0', '', hidden, '', ''],
        /^HTTP\/1.1 400 /,
      ],
      ['two lengths', ['Content-Length: 5', `Content-Length: ${TYPENAME.length}`, '', TYPENAME], /^HTTP\/1.1 400 /],
      ['a negative length', ['Content-Length: -1', '', TYPENAME], /^HTTP\/1.1 400 /],
      ['chunks under another name', ['Transfer-Encoding: xchunked', '', '0', '', hidden, '', ''], /^HTTP\/1.1 400 /],
    ])('are refused, without hidden requests: %s', async (_name, lines, answer) => {
      const text = await exchange(...lines);
      expect(text).toMatch(answer);
      expect(text.match(/^HTTP\/1.1 /gm)).toHaveLength(1);
    });
  });

  it.each([
    ['gzip', createGzip],
    ['deflate', createDeflate],
    ['br', () => createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })],
  ] as const)('are refused by their uncompressed size: %s', async (encoding, compress) => {
    const zeros = Readable.from(Array(100).fill(Buffer.alloc(1_000_000)));
    const bomb = await buffer(zeros.pipe(compress()));
    expect(bomb.length).toBeLessThan(100_000);
    const sent = { headers: { ...TYPED, 'content-encoding': encoding }, body: bomb };
    await expectRefused(sent, 413, 'PAYLOAD_TOO_LARGE', /^Request too large$/);
  });

  it.each([
    ['cut', 'br', brotliCompressSync(TYPENAME).subarray(0, -4)],
    ['not compressed', 'gzip', TYPENAME],
    ['of an unknown encoding', 'rot13', TYPENAME],
    ['of two encodings', 'gzip, gzip', TYPENAME],
  ])("are refused as the client's fault if they cannot be decoded: %s", async (_name, encoding, body) => {
    await expectRefused(
      { headers: { ...TYPED, 'content-encoding': encoding }, body },
      400,
      'BAD_USER_INPUT',
      /^The body cannot be read$/,
    );
  });

  it.each([
    ['a number', '1'],
    ['text', '"{ __typename }"'],
    ['null', 'null'],
    ['true', 'true'],
  ])('are refused if the JSON is not an object: %s', async (_name, body) => {
    await expectRefused({ body }, 400, 'BAD_USER_INPUT', /^The body is not a JSON object$/);
  });

  it.each([
    ['cut', '{"query"'],
    ['with more behind', `${TYPENAME}{}`],
    ['a bare word', '{ __typename }'],
    ['a single quote', "{'query':'{ __typename }'}"],
    ['a NUL', '\0'],
    ['only opening', '['.repeat(500)],
  ])('are refused if they are not JSON: %s', async (_name, body) => {
    await expectRefused({ body }, 400, 'BAD_USER_INPUT', /^The body is not valid JSON$/);
  });

  it.each([
    ['nothing', ''],
    ['an empty object', '{}'],
    ['no query', '{"operationName":"A"}'],
    ['an empty query', { query: '' }],
    ['a prototype for a query', '{"__proto__":{"query":"{ __typename }"}}'],
    ['a number for a query', { query: 1 }],
    ['a parsed document', { query: { kind: 'Document', definitions: [] } }],
    ['a list for a query', { query: ['{ __typename }'] }],
    ['text for variables', { query: '{ __typename }', variables: '{}' }],
    ['a list for variables', { query: '{ __typename }', variables: [1] }],
    ['a deep list for variables', `{"query":"{ __typename }","variables":${'['.repeat(40_000)}${']'.repeat(40_000)}}`],
    ['a number for the operation', { query: '{ __typename }', operationName: 1 }],
    ['an unknown operation', { query: 'query A { __typename }', operationName: 'B' }],
    ['a prototype for an operation', { query: 'query A { __typename }', operationName: '__proto__' }],
    ['no word which of two operations', { query: 'query A { __typename } query B { __typename }' }],
    ['a list for extensions', { query: '{ __typename }', extensions: [] }],
    ['the digest of a query', { extensions: { persistedQuery: { version: 1, sha256Hash: '0'.repeat(64) } } }],
    [
      'a query with its digest',
      { query: '{ __typename }', extensions: { persistedQuery: { version: 1, sha256Hash: '0'.repeat(64) } } },
    ],
  ])('are refused if they are not a GraphQL request: %s', async (_name, body) => {
    await expectRefused({ body }, 400, 'BAD_USER_INPUT', /./);
  });

  it.each([
    ['another type', 'application/graphql'],
    ['no type at all', '/'],
  ])('are refused if their media type is not supported: %s', async (_name, type) => {
    await expectRefused({ headers: { 'content-type': type }, body: TYPENAME }, 400, 'BAD_USER_INPUT', /./);
  });

  // RFC 8259 section 11: the parameter has no effect.
  it.each(['utf-8', 'UTF8', 'us-ascii', 'iso-8859-1', 'utf-16', 'utf-9', '"utf-8"'])(
    'are UTF-8, whatever their charset parameter is: %s',
    async (charset) => {
      const headers = { 'content-type': `application/json; charset=${charset}` };
      const query = 'query ($name: String!) { __type(name: $name) { name } ä: __typename }';
      await expectRefused({ headers, body: JSON.stringify({ query }) }, 400, 'GRAPHQL_PARSE_FAILED', /"ä"|U\+00E4/);
      expect(await send({ headers, body: TYPENAME })).toMatchObject({ status: 200, data: { __typename: 'Query' } });
    },
  );

  it('are refused if they are nested too deeply', async () => {
    await expectRefused({ body: '['.repeat(90_000) }, 400, 'BAD_USER_INPUT', /^JSON of more than 500 levels$/);
  });

  it('are refused if they are not UTF-8, because different passwords would be equal', async () => {
    const body = Buffer.from('{"query":"{ __typename }","operationName":"\xff"}', 'latin1');
    await expectRefused({ body }, 400, 'BAD_USER_INPUT', /^The body is not valid UTF-8$/);
  });

  it.each([
    ['the last of two keys', '{"query":"{ me { id } }","query":"{ __typename }"}', { __typename: 'Query' }],
    [
      'a prototype beside the query',
      '{"query":"{ __typename }","__proto__":{"query":"{ me { id } }"}}',
      { __typename: 'Query' },
    ],
    [
      'names every object has',
      { query: '{ __proto__: __typename constructor: __typename toString: __typename }' },
      JSON.parse('{"__proto__":"Query","constructor":"Query","toString":"Query"}'),
    ],
    [
      'variables that nest deep, and are not asked for',
      `{"query":"{ __typename }","variables":{"a":${'['.repeat(400)}${']'.repeat(400)}}}`,
      { __typename: 'Query' },
    ],
    [
      'null for everything else',
      { query: '{ __typename }', variables: null, operationName: null, extensions: null },
      { __typename: 'Query' },
    ],
  ])('have the meaning of their text: %s', async (_name, body, data) => {
    const answer = await send({ body });
    expect(answer).toMatchObject({ status: 200, data });
    expect(Object.keys(answer.data)).toEqual(Object.keys(data));
  });

  it('give arguments no prototype', async () => {
    const query =
      'mutation ($__proto__: RegisterInput!) { register(input: { username: "plain", email: "p@example.com" }) { id } }';
    const input = { username: 'plain', email: 'p@example.com', password: 'a password of plain' };
    const body = `{"query":${JSON.stringify(query)},"variables":{"__proto__":${JSON.stringify(input)}}}`;
    await expectRefused({ body }, 400, 'GRAPHQL_VALIDATION_FAILED', /"RegisterInput.password" of required type/);
  });
});

describeOnRoutes('paths', place, () => {
  // A proxy's rule for a path must apply to every spelling that the server accepts.
  it.each([
    [
      'POST',
      [
        '/GRAPHQL',
        '/Graphql',
        '/graphql/',
        '/graphql/x',
        '//graphql',
        '/./graphql/',
        '/%67raphql',
        '/graphql;x',
        '/graphql%2f',
      ],
    ],
    ['POST', ['/TOKEN', '/token/', '/Token/refresh', '/token/refresh/']],
    [
      'GET',
      [
        '/Health/live',
        '/health/ready/',
        '/users/ME',
        '/users/me/',
        '/.well-known/JWKS.json',
        '/Playground/assets/x.js',
      ],
    ],
    [
      'GET',
      [
        '/%',
        '/%zz',
        '//[x',
        '/..%2f..%2fpackage.json',
        '/assets/..%2f..%2fpackage.json',
        '/assets/%c0%ae',
        '/assets/%E0%A4%A',
        '/assets/%00',
      ],
    ],
  ] as const)('exist in one spelling: %s %j', async (method, paths) => {
    for (const path of paths) {
      const { status, body } = await sendRaw(
        gatehouse.url,
        `${method} ${path}`,
        ['Content-Type: application/json'],
        method === 'POST' ? TYPENAME : '',
      );
      expect([path, status, body.slice(0, 21)]).toEqual([path, 404, '{"error":"not_found",']);
    }
  });

  it.each([
    'http://evil.example/graphql',
    'http://a:99999999/graphql',
    '/graphql?%',
    '/graphql?query=%ff',
    '/graphql#x',
  ])('are the same for a target like %s', async (target) => {
    const { status, body } = await sendRaw(
      gatehouse.url,
      `POST ${target}`,
      ['Content-Type: application/json'],
      TYPENAME,
    );
    expect({ status, data: JSON.parse(body).data }).toEqual({ status: 200, data: { __typename: 'Query' } });
  });
});

describeOnRoutes('answers', place, () => {
  it.each(['multipart/mixed', 'text/html', 'image/png'])('do not exist for %s', async (accept) => {
    await expectRefused({ headers: { ...TYPED, accept }, body: TYPENAME }, 406, 'BAD_USER_INPUT', /accept/);
  });

  it('must not be cached if they have a token', async () => {
    const { headers } = await gatehouse.client.tryLogin(ADMIN.username, ADMIN.password);
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('do not disclose the software that serves them', async () => {
    const { headers } = await send({ body: TYPENAME });
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('server')).toBeNull();
    const { status, body } = await sendRaw(gatehouse.url, 'GET /../../etc/passwd', []);
    expect(status).toBe(404);
    expect(JSON.parse(body)).toEqual({ error: 'not_found', error_description: 'There is nothing here' });
  });
});

describeOnStores('simultaneous guesses', (stores) => {
  let server: Instance;
  beforeAll(async () => {
    server = await startInstance({ stores });
  });
  afterAll(() => server.close());

  it('get no further than guesses in sequence, at both doors together', async () => {
    const { username } = await createUser(server);
    const started = performance.now();
    const answers = await Promise.all(
      Array.from({ length: 60 }, async (_, n) => {
        const password = `wrong password number ${n}`;
        if (n % 2) {
          const { body, headers } = await server.client.form('/token', { username, password });
          return { checked: body.error === 'invalid_grant', retryAfter: Number(headers.get('retry-after')) };
        }
        const { errors, refusal } = await server.client.tryLogin(username, password);
        return { checked: refusal === 'UNAUTHENTICATED', retryAfter: errors?.[0]?.extensions.retryAfter };
      }),
    );
    const seconds = (performance.now() - started) / 1000;
    const checked = answers.filter((answer) => answer.checked);
    // Four at once; then one more after 1, 2, 4 … seconds if the machine is slow.
    expect(checked.length).toBeGreaterThanOrEqual(1);
    expect(checked.length).toBeLessThanOrEqual(4 + Math.floor(Math.log2(seconds + 1)));
    for (const { retryAfter } of answers.filter((answer) => !answer.checked))
      expect(retryAfter).toBeGreaterThanOrEqual(1);
  });

  it('do not refuse those who know the password', async () => {
    const { username, password } = await createUser(server);
    const answers = await Promise.all(Array.from({ length: 32 }, () => server.client.tryLogin(username, password)));
    expect(answers.map(({ refusal }) => refusal)).toEqual(Array(32).fill(undefined));
  });
});
