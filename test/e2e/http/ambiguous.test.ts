import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Instance, startInstance } from '../../support/instance.ts';
import { sendRaw } from '../../support/raw_request.ts';
import { describeOnRoutes } from '../../support/both_routes.ts';

const ASK = '{"query":"{ __typename }"}';
const JSON_TYPE = 'Content-Type: application/json';
const LENGTH = `Content-Length: ${ASK.length}`;
const HOST = 'Host: gatehouse.example';
const CHUNKED = 'Transfer-Encoding: chunked';
/** The body in one chunk. */
const CHUNKS = `${ASK.length.toString(16)}\r\n${ASK}\r\n0\r\n\r\n`;

let gatehouse: Instance;
beforeAll(async () => {
  gatehouse = await startInstance();
});
afterAll(() => gatehouse.close());
const place = { get: () => gatehouse, set: (instance: Instance) => (gatehouse = instance) };

/** Sends bytes unchanged and returns the status of the only response. */
async function statusOf(lines: readonly string[], body: string): Promise<number> {
  const { hostname, port } = new URL(gatehouse.url);
  const socket = connect(Number(port), hostname);
  socket.write([...lines, 'Connection: close', '', body].join('\r\n'));
  let text = '';
  socket.setTimeout(5_000, () => socket.destroy());
  socket.on('data', (chunk) => (text += chunk.toString()));
  await once(socket, 'close');
  expect(text.match(/HTTP\/1\.1 \d/g)).toHaveLength(1);
  return Number(/^HTTP\/1\.1 (\d+) /.exec(text)?.[1]);
}

const post = (headers: readonly string[], body = ASK, version = '1.1') =>
  statusOf([`POST /graphql HTTP/${version}`, ...headers], body);

describeOnRoutes('a request', place, () => {
  it.each<[title: string, status: number, ...hosts: string[]]>([
    ['with a name', 200, 'Host: gatehouse.example'],
    ['with a name and a port', 200, 'Host: gatehouse.example:65535'],
    ['with a name and an empty port', 200, 'Host: gatehouse.example:'],
    ['with an address', 200, 'Host: 127.0.0.1:4000'],
    ['with an address of IPv6', 200, 'Host: [::1]:4000'],
    ['with an escape', 200, 'Host: gate%41.example'],
    ['twice, alike', 400, HOST, HOST],
    ['twice, in another case', 400, HOST, HOST.toUpperCase()],
    ['twice, of two names', 400, HOST, 'Host: other.example'],
    ['twice, the second empty', 400, HOST, 'Host:'],
    ['without a line', 400],
    ['without a value', 400, 'Host:'],
    ['with a port alone', 400, 'Host: :4000'],
    ['with two names in one line', 400, 'Host: gatehouse.example, other.example'],
    ['with a space', 400, 'Host: gatehouse example'],
    ['with a user', 400, 'Host: user@gatehouse.example'],
    ['with a path', 400, 'Host: gatehouse.example/graphql'],
    ['with a scheme', 400, 'Host: http://gatehouse.example'],
    ['with a query', 400, 'Host: gatehouse.example?a'],
    ['with a fragment', 400, 'Host: gatehouse.example#a'],
    ['with a backslash', 400, 'Host: gatehouse.example\\a'],
    ['with a quote', 400, 'Host: "gatehouse.example"'],
    ['with a port that is no number', 400, 'Host: gatehouse.example:x'],
    ['with a port beyond the last', 400, 'Host: gatehouse.example:65536'],
    ['with two ports', 400, 'Host: gatehouse.example:1:2'],
    ['with an escape that is none', 400, 'Host: gate%4.example'],
    ['with an address of IPv6 that is open', 400, 'Host: [::1'],
    ['with an address of IPv6 without brackets', 400, 'Host: ::1'],
    ['with a name in brackets', 400, 'Host: [gatehouse]'],
    ['with what is no ASCII', 400, 'Host: gatehöuse.example'],
  ])('with a host %s has the status %i', async (_title, status, ...hosts) => {
    expect(await post([...hosts, JSON_TYPE, LENGTH])).toBe(status);
  });

  it('may omit Host with HTTP/1.0, and must not have two', async () => {
    expect(await post([JSON_TYPE, LENGTH], ASK, '1.0')).toBe(200);
    expect(await post([HOST, JSON_TYPE, LENGTH], ASK, '1.0')).toBe(200);
    expect(await post([HOST, HOST, JSON_TYPE, LENGTH], ASK, '1.0')).toBe(400);
  });

  it.each<[title: string, status: number, headers: string[], body?: string]>([
    ['one Content-Type', 200, [JSON_TYPE, LENGTH]],
    ['two of Content-Type, alike', 400, [JSON_TYPE, JSON_TYPE, LENGTH]],
    ['two of Content-Type, JSON first', 400, [JSON_TYPE, 'Content-Type: text/plain', LENGTH]],
    ['two of Content-Type, JSON last', 400, ['Content-Type: text/plain', JSON_TYPE, LENGTH]],
    ['two of Content-Length, alike', 400, [JSON_TYPE, LENGTH, LENGTH]],
    ['two of Content-Length, of two lengths', 400, [JSON_TYPE, LENGTH, 'Content-Length: 1']],
    ['a list of lengths', 400, [JSON_TYPE, `${LENGTH}, ${ASK.length}`]],
    ['a length with a sign', 400, [JSON_TYPE, `Content-Length: +${ASK.length}`]],
    ['chunks', 200, [JSON_TYPE, CHUNKED], CHUNKS],
    ['chunks and a length', 400, [JSON_TYPE, CHUNKED, LENGTH], CHUNKS],
    ['a length and chunks', 400, [JSON_TYPE, LENGTH, CHUNKED], CHUNKS],
    ['chunks twice', 400, [JSON_TYPE, CHUNKED, CHUNKED], CHUNKS],
    ['chunks that are not last', 400, [JSON_TYPE, 'Transfer-Encoding: chunked, identity'], CHUNKS],
    ['an encoding that is none', 400, [JSON_TYPE, 'Transfer-Encoding: xchunked'], CHUNKS],
    ['a folded line', 400, [JSON_TYPE, 'X-A: a', ' b', LENGTH]],
    ['a space before a colon', 400, [JSON_TYPE, `Content-Length : ${ASK.length}`]],
    // RFC 9110 section 5.3: lists may have several lines, and HTTP/2 has a line for each cookie. Other tests check
    // their values.
    ['two of Accept', 200, [JSON_TYPE, LENGTH, 'Accept: text/html', 'Accept: application/json']],
    ['two of Cookie', 200, [JSON_TYPE, LENGTH, 'Cookie: a=1', 'Cookie: a=2']],
    // A public field is served with any token, however bad.
    ['two of Authorization', 200, [JSON_TYPE, LENGTH, 'Authorization: Bearer a', 'Authorization: Bearer b']],
  ])('with %s is answered %i', async (_title, status, headers, body = ASK) => {
    expect(await post([HOST, ...headers], body)).toBe(status);
  });

  it('is anonymous to a guarded field with two lines of Authorization, whichever of them is valid', async () => {
    const { username, password } = gatehouse.admin;
    const good = `Authorization: Bearer ${(await gatehouse.client.login(username, password)).accessToken}`;
    const me = JSON.stringify({ query: '{ me { username } }' });
    const codes = async (...lines: string[]) =>
      JSON.parse((await sendRaw(gatehouse.url, 'POST /graphql', [JSON_TYPE, ...lines], me)).body).errors?.[0]
        .extensions;
    expect(await codes(good)).toBeUndefined();
    for (const lines of [
      [good, 'Authorization: Bearer b'],
      ['Authorization: Bearer b', good],
      [good, good],
    ]) {
      expect(await codes(...lines)).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'INVALID' });
    }
  });
});

describe('the cookie', () => {
  async function refreshed(origins: readonly string[], cookiesOf: (cookie: string) => readonly string[]) {
    const login = `mutation { login(username: "${gatehouse.admin.username}", password: "${gatehouse.admin.password}", delivery: COOKIE) { tokenType } }`;
    const lines = [JSON_TYPE, `Origin: ${gatehouse.url}`];
    const answer = await sendRaw(gatehouse.url, 'POST /graphql', lines, JSON.stringify({ query: login }));
    const cookie = answer.headers.find(([name]) => name === 'set-cookie')![1].split(';')[0]!;
    const refresh = JSON.stringify({ query: 'mutation { refresh { tokenType } }' });
    const shown = [
      JSON_TYPE,
      ...origins.map((one) => `Origin: ${one}`),
      ...cookiesOf(cookie).map((one) => `Cookie: ${one}`),
    ];
    const { body } = await sendRaw(gatehouse.url, 'POST /graphql', shown, refresh);
    const { errors } = JSON.parse(body);
    return errors ? errors[0].extensions.code : 'ok';
  }

  it('is not read from a request of two origins', async () => {
    const one = (cookie: string) => [cookie];
    expect(await refreshed([gatehouse.url], one)).toBe('ok');
    expect(await refreshed([gatehouse.url, 'https://evil.example'], one)).toBe('ORIGIN_NOT_ALLOWED');
    expect(await refreshed(['https://evil.example', gatehouse.url], one)).toBe('ORIGIN_NOT_ALLOWED');
    expect(await refreshed([gatehouse.url, gatehouse.url], one)).toBe('ORIGIN_NOT_ALLOWED');
  });

  it('is read from any of several lines, and not where two have its name', async () => {
    const own = [gatehouse.url];
    expect(await refreshed(own, (cookie) => ['a=1', cookie])).toBe('ok');
    expect(await refreshed(own, (cookie) => [cookie, 'a=1'])).toBe('ok');
    expect(await refreshed(own, (cookie) => [cookie, cookie])).toBe('UNAUTHENTICATED');
    expect(await refreshed(own, (cookie) => [cookie, `${cookie.split('=')[0]}=planted`])).toBe('UNAUTHENTICATED');
  });
});
