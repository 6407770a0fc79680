import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openConnection, type Reply } from '../../support/http_connection.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { describeOnRoutes } from '../../support/both_routes.ts';
import { latency } from '../../support/real_time.ts';
import { linesOfRequest } from '../../support/request_log.ts';
import { until } from '../../support/until.ts';

const APP = 'https://app.example.com';
const ASK = '{"query":"{ __typename }"}';
const TOLD = '{"data":{"__typename":"Query"}}\n';
const JSON_TYPE = 'Content-Type: application/json';
const CHUNKED = 'Transfer-Encoding: chunked';

let gatehouse: Instance;
beforeAll(async () => {
  gatehouse = await startInstance({ env: { CORS_ORIGINS: APP, REFRESH_GRACE_SECONDS: '0' } });
});
afterAll(() => gatehouse.close());

const lengthOf = (body: string | Buffer) => `Content-Length: ${Buffer.byteLength(body)}`;
const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
const head = (line: string, ...headers: string[]) =>
  [`${line} HTTP/1.1`, 'Host: gatehouse.test', ...headers, '', ''].join('\r\n');
/** Makes a whole request with its length. */
const whole = (line: string, headers: string[], body: string | Buffer = '') =>
  Buffer.concat([Buffer.from(head(line, ...headers, lengthOf(body))), Buffer.from(body)]);

async function exchange(...pieces: (string | Buffer)[]): Promise<Reply> {
  const connection = await openConnection(gatehouse.url);
  for (const piece of pieces) connection.write(piece);
  const [reply] = await connection.replies(1);
  connection.abort();
  return reply!;
}
const post = (body: string | Buffer, ...headers: string[]) =>
  exchange(whole('POST /graphql', [JSON_TYPE, ...headers], body));

const codeOf = ({ body }: Reply) => JSON.parse(body).errors?.[0]?.extensions.code as string | undefined;

describeOnRoutes('/graphql', { get: () => gatehouse, set: (instance) => (gatehouse = instance) }, () => {
  describe('bodies', () => {
    it.each<[string, string[], string[]]>([
      ['with a length, in pieces', [JSON_TYPE, lengthOf(ASK)], [ASK.slice(0, 9), ASK.slice(9)]],
      ['in chunks, without a length', [JSON_TYPE, CHUNKED], [chunk(ASK.slice(0, 9)), chunk(ASK.slice(9)), '0\r\n\r\n']],
      ['in one chunk, with a trailer', [JSON_TYPE, CHUNKED, 'Trailer: X-End'], [chunk(ASK), '0\r\nX-End: 1\r\n\r\n']],
    ])('are read %s', async (_title, headers, pieces) => {
      const connection = await openConnection(gatehouse.url);
      connection.write(head('POST /graphql', ...headers));
      for (const piece of pieces) {
        await latency(20);
        connection.write(piece);
      }
      expect(await connection.replies(1)).toMatchObject([{ status: 200, body: TOLD }]);
      connection.abort();
    });

    const AT = ASK.padEnd(100_000);
    const OVER = ASK.padEnd(100_001);
    const gzip = (text: string) => post(gzipSync(text), 'Content-Encoding: gzip');
    const chunked = (text: string) =>
      exchange(
        head('POST /graphql', JSON_TYPE, CHUNKED),
        chunk(text.slice(0, 50_000)),
        chunk(text.slice(50_000)),
        '0\r\n\r\n',
      );

    it.each<[string, (text: string) => Promise<Reply>]>([
      ['as they are', post],
      ['as gzip', gzip],
      ['in chunks', chunked],
    ])('are read up to 100,000 bytes and refused with one more: %s', async (_title, send) => {
      expect(await send(AT)).toMatchObject({ status: 200, body: TOLD });
      const over = await send(OVER);
      expect([over.status, codeOf(over)]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
    });

    it.each<[string, number, () => Promise<Reply>]>([
      ['gzip that is cut', 400, () => post(gzipSync(ASK).subarray(0, -9), 'Content-Encoding: gzip')],
      ['gzip that is none', 400, () => post(ASK, 'Content-Encoding: gzip')],
      ['an encoding nobody knows', 400, () => post(ASK, 'Content-Encoding: rot13')],
      ['broken JSON', 400, () => post('{"query":')],
      ['a batch', 400, () => post(`[${ASK}]`)],
      ['nothing', 400, () => post('')],
      ['nothing, in chunks', 400, () => exchange(head('POST /graphql', JSON_TYPE, CHUNKED), '0\r\n\r\n')],
      ['no JSON by its type', 400, () => exchange(whole('POST /graphql', ['Content-Type: text/plain'], ASK))],
      ['no type', 400, () => exchange(whole('POST /graphql', [], ASK))],
    ])('are refused without a query: %s', async (_title, status, send) => {
      const reply = await send();
      expect([reply.status, codeOf(reply)]).toEqual([status, 'BAD_USER_INPUT']);
    });

    it.each(['constructor', 'toString', '__proto__', 'text/html'])(
      'are not read for who accepts no answer: Accept: %s',
      async (accept) => {
        // The query is then known, so the direct route serves it.
        await post(ASK);
        const reply = await post(ASK, `Accept: ${accept}`);
        expect([reply.status, codeOf(reply)]).toEqual([406, 'BAD_USER_INPUT']);
      },
    );

    it.each([
      'application/json; charset=utf-8',
      'application/json;charset=UTF-8',
      'application/json;charset="utf-8";q=0.9, text/html',
      'application/graphql-response+json; charset=utf-8',
      'application/graphql-response+json; charset=utf-8, application/json; charset=utf-8',
    ])('are read for who says how the answer is written: Accept: %s', async (accept) => {
      const reply = await post(ASK, `Accept: ${accept}`);
      expect(reply).toMatchObject({ status: 200, body: TOLD });
    });

    it('are ended alone when their client disconnects', async () => {
      const connection = await openConnection(gatehouse.url);
      connection.write(head('POST /graphql', JSON_TYPE, 'Content-Length: 1000'));
      connection.write('{"query":');
      // A later request's reply shows that the server has read the unfinished one.
      await post(ASK);
      connection.abort();
      expect(await post(ASK)).toMatchObject({ status: 200, body: TOLD });
      expect(connection.received()).toBe('');
    });

    it('are waited for by a client that asks first', async () => {
      const connection = await openConnection(gatehouse.url);
      connection.write(head('POST /graphql', JSON_TYPE, lengthOf(ASK), 'Expect: 100-continue'));
      await until(() => connection.received().includes('100 Continue'));
      connection.write(ASK);
      expect(await connection.replies(1)).toMatchObject([{ status: 200, body: TOLD }]);
      connection.abort();
    });
  });

  it('runs nothing for a client that would not read the answer', async () => {
    const { refreshToken } = await gatehouse.client.login(gatehouse.admin.username, gatehouse.admin.password);
    const query = `mutation { refresh(refreshToken: "${refreshToken}") { expiresIn } }`;
    expect(await post(JSON.stringify({ query }), 'Accept: text/html')).toMatchObject({ status: 406 });
    expect((await gatehouse.client.refresh(refreshToken)).refusal).toBeUndefined();
  });

  it('answers what comes on one connection in its order, each under an id of its own', async () => {
    const connection = await openConnection(gatehouse.url);
    const asks = ['a', 'b', 'c'].map((name) => JSON.stringify({ query: `{ ${name}: __typename }` }));
    const lines = [asks[0]!, '{', asks[1]!].map((body) => whole('POST /graphql', [JSON_TYPE], body));
    const other = whole('GET /health/live', []);
    connection.write(Buffer.concat([...lines, other, whole('POST /graphql', [JSON_TYPE], asks[2])]));
    const replies = await connection.replies(5);
    connection.abort();
    expect(replies.map(({ status }) => status)).toEqual([200, 400, 200, 200, 200]);
    expect(replies.map(({ body }) => JSON.parse(body).data)).toEqual([
      { a: 'Query' },
      undefined,
      { b: 'Query' },
      undefined,
      { c: 'Query' },
    ]);
    expect(new Set(replies.map(({ headers }) => headers.get('x-request-id'))).size).toBe(5);
  });

  describe('spellings', () => {
    it.each(['/graphql', '/graphql?', '/graphql?x', '/graphql?a=b#c', '/graphql#x', 'http://a.example/graphql?x'])(
      'are served if they are equivalent: %s',
      async (target) => {
        expect(await exchange(whole(`POST ${target}`, [JSON_TYPE], ASK))).toMatchObject({ status: 200, body: TOLD });
      },
    );

    it.each(['/graphql/', '/GRAPHQL', '//graphql', '/%67raphql', '/graphql%3fx', '/graphqlx', '/x/../graphql', '*'])(
      'are not found if they only look alike: %s',
      async (target) => {
        const reply = await exchange(whole(`POST ${target}`, [JSON_TYPE], ASK));
        expect([reply.status, JSON.parse(reply.body).error]).toEqual([404, 'not_found']);
      },
    );

    it('end nothing if they are not a URL', async () => {
      const reply = await exchange(whole('POST http://[x/graphql', [JSON_TYPE], ASK));
      expect([reply.status, JSON.parse(reply.body).error]).toEqual([404, 'not_found']);
    });
  });

  it.each([
    ['HEAD', 405],
    ['OPTIONS', 204],
    ['PUT', 405],
    ['DELETE', 405],
  ])('is not asked by %s', async (method, status) => {
    const reply = await fetch(`${gatehouse.url}/graphql`, { method, headers: { 'apollo-require-preflight': '1' } });
    expect(reply.status).toBe(status);
    if (status === 405) expect(reply.headers.get('allow')).toBe('GET, POST');
  });

  /** One response of each kind. */
  const KINDS: [string, number, (...headers: string[]) => Buffer][] = [
    ['data', 200, (...more) => whole('POST /graphql', [JSON_TYPE, ...more], ASK)],
    ['a refusal by the rules', 401, (...more) => asking('{ me { id } }', ...more)],
    ['a document that is none', 400, (...more) => asking('{', ...more)],
    ['a field that is not there', 400, (...more) => asking('{ x }', ...more)],
    ['broken JSON', 400, (...more) => whole('POST /graphql', [JSON_TYPE, ...more], '{')],
    ['a body too large', 413, (...more) => whole('POST /graphql', [JSON_TYPE, ...more], 'x'.repeat(100_001))],
    ['a form of a foreign page', 400, (...more) => whole('POST /graphql', ['Content-Type: text/plain', ...more], ASK)],
    [
      'nothing the client reads',
      406,
      (...more) => whole('POST /graphql', [JSON_TYPE, 'Accept: image/png', ...more], ASK),
    ],
    ['another method', 405, (...more) => whole('PUT /graphql', [JSON_TYPE, ...more], ASK)],
  ];
  const asking = (query: string, ...more: string[]) =>
    whole(
      'POST /graphql',
      [JSON_TYPE, 'Accept: application/graphql-response+json', ...more],
      JSON.stringify({ query }),
    );

  describe.each(KINDS)('%s', (_title, status, bytesOf) => {
    it('has the headers of every response, must not be cached, and is logged once', async () => {
      const reply = await exchange(bytesOf(`Origin: ${APP}`));
      expect(reply.status).toBe(status);
      expect(Object.fromEntries(reply.headers)).toMatchObject({
        'x-request-id': expect.stringMatching(/^[\da-f-]{36}$/),
        'content-type': expect.stringMatching(/^application\/(graphql-response\+)?json; charset=utf-8$/),
        'cache-control': 'no-store',
        'content-security-policy': expect.stringContaining("default-src 'none'"),
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'access-control-allow-origin': APP,
        'access-control-allow-credentials': 'true',
        'access-control-expose-headers': 'Gatehouse-Device,Gatehouse-Token,Retry-After,WWW-Authenticate,X-Request-Id',
        vary: 'Origin',
      });
      const { errors } = JSON.parse(reply.body);
      const requestId = reply.headers.get('x-request-id');
      if (errors) expect(errors[0].extensions.requestId).toBe(requestId);
      const lines = await linesOfRequest(requestId!);
      expect(lines).toMatchObject([{ path: '/graphql', status, requestId, ms: expect.any(Number) }]);
    });

    it('is opened to no other origin', async () => {
      for (const origin of [['Origin: https://evil.example'], []]) {
        const { headers, status: answered } = await exchange(bytesOf(...origin));
        expect([answered, headers.get('access-control-allow-origin'), headers.get('vary')]).toEqual([
          status,
          null,
          'Origin',
        ]);
      }
    });
  });
});
