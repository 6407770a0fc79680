import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { skipped } from '../support/store_servers.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { sendRaw } from '../support/raw_request.ts';
import { describeOnRoutes } from '../support/both_routes.ts';

const BUILT = fileURLToPath(new URL('../../dist/web/playground/index.html', import.meta.url));
const TYPENAME = '{"query":"{ __typename }"}';
const JSON_TYPE = 'Content-Type: application/json';

let gatehouse: Instance;
beforeAll(async () => {
  gatehouse = await startInstance();
});
afterAll(() => gatehouse.close());
const place = { get: () => gatehouse, set: (instance: Instance) => (gatehouse = instance) };

const ask = (...headers: string[]) => sendRaw(gatehouse.url, 'POST /graphql', [JSON_TYPE, ...headers], TYPENAME);

describeOnRoutes('a request', place, () => {
  // Threat: a header with such a name ended a process whose code read the headers as an object (CVE-2026-21710).
  it.each(['__proto__', 'constructor', 'hasOwnProperty', 'toString'])(
    'with a header called %s is served like any other',
    async (name) => {
      for (const headers of [[`${name}: x`], [`${name}: x`, `${name}: y`]]) {
        expect(await ask(...headers)).toMatchObject({ status: 200 });
        expect((await sendRaw(gatehouse.url, 'GET /users/me', headers)).status).toBe(401);
        expect((await sendRaw(gatehouse.url, 'POST /token', headers)).status).toBe(400);
      }
    },
  );

  // Threat: requests that a page may send without a preflight, because of the exact type or a fault of one browser.
  it.each<[string, 'GET' | 'POST', string | null]>([
    ['GET with the type of a message', 'GET', 'message/rfc822'],
    ['GET with a type of nothing known', 'GET', 'x/y'],
    ['GET with plain text, in capitals', 'GET', 'TEXT/PLAIN'],
    ['a form, in other letters', 'POST', 'Application/X-WWW-Form-URLEncoded'],
    ['an upload, in other letters', 'POST', 'MultiPart/Form-Data; boundary=x'],
    ['plain text, in other letters', 'POST', 'Text/Plain;charset=UTF-8'],
    ['text that names another type behind a comma', 'POST', 'text/plain, application/json'],
    ['a body without a type', 'POST', null],
  ])('is not executed if it needs no preflight: %s', async (_name, method, type) => {
    const target = method === 'GET' ? '/graphql?query={__typename}' : '/graphql';
    const headers = type === null ? [] : [`Content-Type: ${type}`];
    const { status, body } = await sendRaw(
      gatehouse.url,
      `${method} ${target}`,
      headers,
      method === 'GET' ? '' : TYPENAME,
    );
    expect([400, 415]).toContain(status);
    expect(JSON.parse(body)).toEqual({ errors: [expect.objectContaining({ message: expect.any(String) })] });
  });

  // Threat: another layer applies this method instead of the real one.
  it.each(['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override'])(
    'has its own method, whatever %s is',
    async (name) => {
      const query = encodeURIComponent('mutation { logoutEverywhere }');
      const headers = ['Apollo-Require-Preflight: 1', `${name}: POST`];
      expect((await sendRaw(gatehouse.url, `GET /graphql?query=${query}`, headers)).status).toBe(405);
    },
  );

  // Threat: a parser that backtracks, or needs time in the square of a header's length.
  it('costs time in proportion to its header', async () => {
    const LENGTH = 12_000;
    const hostile = [
      `Accept: ${'text/html;q=0.1,'.repeat(LENGTH / 16)}application/json`,
      `Accept: application/json;${' '.repeat(LENGTH)}q=1`,
      `Accept-Encoding: ${'*,'.repeat(LENGTH / 2)}`,
      `Authorization: Bearer${' '.repeat(LENGTH)}x`,
      `Cookie: ${'a=b;'.repeat(LENGTH / 4)}`,
      `Cookie: ${'='.repeat(LENGTH)}`,
      `X-Forwarded-For: ${'1,'.repeat(LENGTH / 2)}`,
      `X-Forwarded-Proto: ${' '.repeat(LENGTH)}x`,
      `Forwarded: ${'for="\\'.repeat(LENGTH / 6)}`,
      `Traceparent: ${'0-'.repeat(LENGTH / 2)}`,
      `If-None-Match: ${'W/"'.repeat(LENGTH / 3)}`,
      `Origin: ${'http://'.repeat(LENGTH / 7)}`,
    ];
    const time = async (header: string) => {
      const started = performance.now();
      expect((await ask(header)).status).toBeLessThan(500);
      return performance.now() - started;
    };
    let plain = 0;
    for (const _ of hostile) plain += await time('X-Nothing: here');
    let long = 0;
    for (const header of hostile) long += await time(header);
    // With quadratic time, 12,000 would take seconds for each.
    expect(long).toBeLessThan(20 * plain + 1_000);
  }, 60_000);

  // Threat: a stranger adds a line to the log, or a terminal executes what the log shows.
  it('cannot write a line into the log', async () => {
    const path = process.env['GATEHOUSE_TEST_LOG'];
    if (path === undefined) throw new Error('the suite logs into a file');
    const marker = `marker-${Date.now()}-${Math.random().toString(36).slice(2)}`;
    const forged = `${marker}\r\n{"level":60,"msg":"${marker}"}\u001b[2J\u2028`;
    const query = 'mutation ($username: String!) { login(username: $username, password: "x") { tokenType } }';
    await gatehouse.client.ask(query, { variables: { username: forged } });
    await gatehouse.client.ask(`{ a${marker.replaceAll('-', '_')}(x: ${JSON.stringify(forged)}) }`);
    await sendRaw(gatehouse.url, `GET /${encodeURIComponent(forged)}?${encodeURIComponent(forged)}`, []);
    await gatehouse.client.form('/token', { username: forged, password: 'x', scope: forged, grant_type: forged });
    const lines = readFileSync(path, 'utf8').split('\n');
    const named = lines.filter((line) => line.includes(marker));
    expect(named.length).toBeGreaterThan(0);
    for (const line of named) {
      expect(() => JSON.parse(line)).not.toThrow();
      expect(JSON.parse(line)).not.toMatchObject({ msg: marker });
      // eslint-disable-next-line no-control-regex -- the very thing that must not be there
      expect(line).not.toMatch(/[\u0000-\u001f\u007f]/);
    }
  });

  if (existsSync(BUILT))
    it('has at most the file if it asks for parts of it', async () => {
      const { body: html } = await sendRaw(gatehouse.url, 'GET /graphql', ['Accept: text/html']);
      const path = / src="(\/assets\/[^"]+)"/.exec(html)![1]!;
      const whole = await sendRaw(gatehouse.url, `GET ${path}`, []);
      expect(whole.status).toBe(200);
      for (const range of ['0-,'.repeat(3_000), '0-0,'.repeat(2_000), '-1,'.repeat(3_000), '9'.repeat(5_000), '0--1']) {
        const part = await sendRaw(gatehouse.url, `GET ${path}`, [`Range: bytes=${range}`]);
        expect([200, 206, 400, 416]).toContain(part.status);
        expect(part.body.length).toBeLessThanOrEqual(whole.body.length + 1_000);
      }
    });
  else skipped('needs "npm run build" for the pages');
});
