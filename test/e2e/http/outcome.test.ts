import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MOST_OPERATIONS } from '../../../src/http/metrics.ts';
import { noteCode, noteErrors, outcomeOf } from '../../../src/http/middleware/outcome.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { readSamples } from '../../support/prometheus.ts';
import { linesOfRequest } from '../../support/request_log.ts';

let gatehouse: Instance;
beforeAll(async () => {
  gatehouse = await startInstance();
});
afterAll(() => gatehouse.close());

async function lineOf({ headers }: Response): Promise<Record<string, unknown>> {
  const [line] = await linesOfRequest(headers.get('x-request-id')!);
  return line!;
}

const ask = (query: string, more: object = {}, headers: Record<string, string> = {}) =>
  fetch(`${gatehouse.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
    body: JSON.stringify({ query, ...more }),
  });
const token = (form: Record<string, string>) =>
  fetch(`${gatehouse.url}/token`, { method: 'POST', body: new URLSearchParams(form) });

async function errors(): Promise<string[]> {
  const text = await (await fetch(`${gatehouse.url}/metrics`)).text();
  return text.split('\n').filter((line) => line.startsWith('gatehouse_request_errors_total{'));
}

describe('the failed part of a request', () => {
  it.each<[string, () => Promise<Response>, object]>([
    [
      'a field, beside one that was answered',
      () => ask('query Half { __typename me { id } }'),
      { operation: 'Half', codes: ['UNAUTHENTICATED'] },
    ],
    ['a document that is not valid', () => ask('query Wrong { nothing }'), { codes: ['GRAPHQL_VALIDATION_FAILED'] }],
    ['a document that cannot be parsed', () => ask('{'), { codes: ['GRAPHQL_PARSE_FAILED'] }],
    ['a body that Apollo refuses', () => ask('', { query: 5 }), { codes: ['BAD_USER_INPUT'] }],
    ['a batch', () => fetchBatch(), { codes: ['BAD_USER_INPUT'] }],
    [
      'a sign-in by form',
      () => token({ grant_type: 'password', username: 'nobody', password: 'wrong' }),
      { codes: ['UNAUTHENTICATED'] },
    ],
    ['a grant that is not known', () => token({ grant_type: 'magic' }), { codes: ['unsupported_grant_type'] }],
    [
      'an authorization that nothing was asked for',
      () => fetch(`${gatehouse.url}/authorize`),
      { codes: [expect.any(String)] },
    ],
  ])('is in its line by code and by the name of the operation: %s', async (_what, work, expected) => {
    const line = await lineOf(await work());
    expect(line).toMatchObject(expected);
    expect('operation' in line).toBe('operation' in expected);
  });

  const fetchBatch = () =>
    fetch(`${gatehouse.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '[{"query":"{ __typename }"}]',
    });

  it('is seen where the status is 200, and by the metric too', async () => {
    const { client, admin } = gatehouse;
    const { accessToken } = await client.login(admin.username, admin.password);
    const wrong = 'mutation Change { setUserRole(username: "no.such", role: "user") { id } me: __typename }';
    const answer = await ask(wrong, {}, { authorization: `Bearer ${accessToken}` });
    const { errors: found } = (await answer.json()) as { errors: { extensions: { code: string } }[] };
    const code = found[0]!.extensions.code;
    expect(await lineOf(answer)).toMatchObject({ status: answer.status, operation: 'Change', codes: [code] });
    expect(await errors()).toContain(
      `gatehouse_request_errors_total{route="/graphql",operation="Change",code="${code}"} 1`,
    );
  });

  it('leaves no trace of an error in the line of a request that has none, known or new', async () => {
    for (let time = 0; time < 3; time += 1) {
      const line = await lineOf(await ask('query Known { __typename }'));
      expect(line).toMatchObject({ operation: 'Known', status: 200 });
      expect(line).not.toHaveProperty('codes');
    }
  });

  it('keeps so many series and no more, whatever names clients make up', async () => {
    const names = Array.from({ length: MOST_OPERATIONS + 20 }, (_, at) => `Made${at}`);
    for (const name of names) await ask(`query ${name} { me { id } }`);
    const text = await (await fetch(`${gatehouse.url}/metrics`)).text();
    const operations = readSamples(text).get('gatehouse_request_errors_total')!.get('operation')!;
    expect([...operations].filter((name) => name !== '' && name !== 'other').length).toBe(MOST_OPERATIONS);
    expect(operations.has('other')).toBe(true);
    expect((await lineOf(await ask(`query ${'x'.repeat(500)} { me { id } }`)))['operation']).toHaveLength(64);
  });
});

it('parses no answer whose codes were noted when it was made: it may carry megabytes of data', () => {
  const response = {} as ServerResponse;
  noteCode(response, { code: 'UNAUTHORIZED_FIELD_OR_TYPE' });
  expect(() => noteErrors(response, '{"errors":not to be parsed')).not.toThrow();
  expect(outcomeOf(response)).toEqual({ operation: undefined, codes: new Set(['UNAUTHORIZED_FIELD_OR_TYPE']) });
  // The next request starts without codes.
  expect(outcomeOf({} as ServerResponse).codes.size).toBe(0);
});
