import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { GraphqlError } from '../support/http_client.ts';
import { expectClosed } from '../support/error_table.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { describeOnRoutes } from '../support/both_routes.ts';
import { linesOfRequest } from '../support/request_log.ts';
import { startSubgraph, type Subgraph, subgraphsOf } from '../support/subgraphs.ts';

const LONG = 'a'.repeat(90_000);
const QUOTES = '"'.repeat(40_000);
const PAIRS = '\u{1f600}'.repeat(20_000);

const list = (count: number, text: (n: number) => string) => Array.from({ length: count }, (_, n) => text(n));
const many = (...asked: Parameters<typeof list>) => list(...asked).join(' ');
const numbered = (count: number) => Object.fromEntries(list(count, (n) => `k${n}`).map((name) => [name, 1]));

let gatehouse: Instance;
beforeAll(async () => {
  gatehouse = await startInstance({ env: { REGISTRATION: 'open' } });
});
afterAll(() => gatehouse.close());
const place = { get: () => gatehouse, set: (instance: Instance) => (gatehouse = instance) };

interface Answered {
  readonly status: number;
  readonly text: string;
  readonly errors: readonly GraphqlError[];
}

async function post(body: unknown, at = gatehouse): Promise<Answered> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return read(
    await fetch(`${at.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: text }),
  );
}

async function read(response: Response): Promise<Answered> {
  const text = await response.text();
  return { status: response.status, text, errors: JSON.parse(text).errors };
}

/** Expects at most ten errors of at most 200 characters each, in the closed table, without half of a surrogate pair. */
function expectBounded({ status, text, errors }: Answered, code: string): void {
  expect([status, errors[0]?.extensions.code]).toEqual([400, code]);
  expectClosed(errors);
  expect(errors.length).toBeLessThanOrEqual(10);
  for (const { message } of errors) {
    expect(message.length).toBeLessThanOrEqual(200);
    expect(message.isWellFormed()).toBe(true);
  }
  expect(text.length).toBeLessThan(10_000);
}

const REGISTER = 'mutation ($input: RegisterInput!) { register(input: $input) { id } }';
const REFRESH = 'mutation ($token: String) { refresh(refreshToken: $token) { tokenType } }';

const DOCUMENTS: [title: string, document: string, code?: string][] = [
  ['an unknown field of a long name', `{ ${LONG} }`],
  ['a hundred unknown fields', `{ ${many(100, (n) => `${LONG.slice(0, 800)}${n}`)} }`],
  ['a hundred variables that nothing uses', `query ${LONG}(${many(100, (n) => `$v${n}: Int`)}) { __typename }`],
  ['an unknown fragment', `{ ...${LONG} }`],
  ['an unknown directive', `{ __typename @${LONG} }`],
  ['an unknown argument', `{ gatehouse(${LONG}: 1) { registrationOpen } }`],
  ['an unknown value of an enum', `mutation { login(username: "a", password: "b", delivery: ${LONG}) { tokenType } }`],
  ['an unknown type', `query ($v: ${LONG}) { __typename }`],
  ['a text for a Boolean', `{ __typename @skip(if: "${LONG}") }`],
  ['fragments in circles', `{ __typename } ${many(90, circle)}`],
  ['an argument that is given 600 times', `{ gatehouse(${many(600, () => 'a: 1')}) { registrationOpen } }`],
  ['hundreds of definitions that are no operations', many(280, (n) => `type A${n} { a: B }`)],
  ['an operation that is not served', `subscription ${LONG} { a }`],
  ['a long alias', `{ ${LONG}: __typename }`],
  ['a block of text where a name belongs', `{ """${LONG}""" }`, 'GRAPHQL_PARSE_FAILED'],
  ['a long name where a brace belongs', `query A ${LONG} ${LONG.slice(0, 9)}`, 'GRAPHQL_PARSE_FAILED'],
  ['characters that no document has', '\u{1f600}'.repeat(20_000), 'GRAPHQL_PARSE_FAILED'],
];

function circle(n: number): string {
  const name = (at: number) => `F${LONG.slice(0, 300)}${at % 90}`;
  return `fragment ${name(n)} on Query { ...${name(n + 1)} ...${name(n + 7)} }`;
}

const VARIABLES: [title: string, query: string, variables: Record<string, unknown>][] = [
  ['unknown fields beside a long one', REGISTER, { input: { username: QUOTES, ...numbered(60) } }],
  ['thousands of unknown fields', REGISTER, { input: numbered(7_000) }],
  ['an unknown field of a long name', REGISTER, { input: { [LONG]: 1 } }],
  ['a long text for an object', REGISTER, { input: QUOTES }],
  ['characters of two units for an object', REGISTER, { input: PAIRS }],
  ['half a character for an object', REGISTER, { input: '\ud83d' }],
  ['a list for a text', REFRESH, { token: [LONG] }],
  [
    'sixty variables of another type',
    `query (${many(60, (n) => `$v${n}: Boolean!`)}) { ${many(60, (n) => `__typename @skip(if: $v${n})`)} }`,
    Object.fromEntries(list(60, (n) => `v${n}`).map((name) => [name, 5])),
  ],
];

describeOnRoutes('bounded responses', place, () => {
  it.each(DOCUMENTS)('are given to %s', async (_title, query, code = 'GRAPHQL_VALIDATION_FAILED') => {
    expectBounded(await post({ query }), code);
  });

  it.each(VARIABLES)('are given to variables: %s', async (_title, query, variables) => {
    expectBounded(await post({ query, variables }), 'BAD_USER_INPUT');
  });

  it.each<[title: string, body: unknown]>([
    ['an operation that the document does not have', { query: 'query A { __typename }', operationName: LONG }],
    ['broken JSON', `{"query": ${LONG}`],
    ['a batch', Array(1000).fill({ query: `{ ${LONG.slice(0, 50)} }` })],
    ['extensions of another version', { query: '{ __typename }', extensions: { persistedQuery: { version: LONG } } }],
    ['a tree in place of a text', { query: { kind: 'Document', definitions: [LONG] } }],
  ])('are given to a body with %s', async (_title, body) => {
    expectBounded(await post(body), 'BAD_USER_INPUT');
  });

  it.each<[title: string, search: string, code: string]>([
    ['query', `query={${LONG.slice(0, 12_000)}}`, 'GRAPHQL_VALIDATION_FAILED'],
    ['variables', `query={__typename}&variables=${LONG.slice(0, 12_000)}`, 'BAD_USER_INPUT'],
    ['operationName', `query={__typename}&operationName=${LONG.slice(0, 12_000)}`, 'BAD_USER_INPUT'],
  ])('are given to a URL with a long %s', async (_title, search, code) => {
    const headers = { 'apollo-require-preflight': '1' };
    expectBounded(await read(await fetch(`${gatehouse.url}/graphql?${search}`, { headers })), code);
  });

  it('name the header that a request without a preflight lacks', async () => {
    const answer = await read(await fetch(`${gatehouse.url}/graphql`, { method: 'POST', body: 'x' }));
    expectBounded(answer, 'BAD_USER_INPUT');
    expect(answer.errors[0]?.message).toMatch(/Apollo-Require-Preflight$/);
  });

  it('name at most ten places of an error', async () => {
    const { text } = await post({ query: `{ gatehouse(${many(600, () => 'a: 1')}) { registrationOpen } }` });
    const { errors } = JSON.parse(text);
    expect(errors[0].message).toBe('There can be only one argument named "a".');
    expect(errors[0].locations).toHaveLength(10);
  });

  // Nine faults are reported, then the number of the others.
  it.each([
    [9, 9],
    [10, 10],
    [11, 10],
    [51, 10],
  ])("count %i faults in a stranger's variables as the client's, and name %i", async (faults, named) => {
    const answer = await post({
      query: `query (${many(faults, (n) => `$v${n}: Boolean!`)}) { ${many(faults, (n) => `__typename @skip(if: $v${n})`)} }`,
      variables: {},
    });
    expectBounded(answer, 'BAD_USER_INPUT');
    expect(answer.errors.map(({ extensions }) => extensions.code)).toEqual(Array(named).fill('BAD_USER_INPUT'));
    expect(answer.errors.at(-1)?.message).toMatch(faults > 9 ? /^Too many errors/ : /^Variable /);
  });

  it.each([
    [9, 9],
    [10, 10],
    [11, 10],
    [101, 10],
  ])('name, of %i faults in a document, %i', async (faults, named) => {
    const answer = await post({ query: `{ ${many(faults, (n) => `x${n}`)} }` });
    expectBounded(answer, 'GRAPHQL_VALIDATION_FAILED');
    expect(answer.errors).toHaveLength(named);
    expect(answer.errors.at(-1)?.message).toMatch(faults > 9 ? /^Too many validation errors/ : /^Cannot query field/);
  });

  // The document is valid because the default is not null. graphql-js finds the null when it executes the field.
  it.each([
    'mutation ($v: String = "x") { login(username: $v, password: "p") { tokenType } }',
    'query ($v: Boolean = true) { __typename @skip(if: $v) }',
  ])("count a null in a non-null variable as the client's fault: %s", async (query) => {
    const { text } = await post({ query, variables: { v: null } });
    const [error] = JSON.parse(text).errors as GraphqlError[];
    expect([error?.extensions.code, error?.message]).toEqual([
      'BAD_USER_INPUT',
      expect.stringMatching(/^Argument "\w+" of non-null type "\w+!" must not be null\.$/),
    ]);
  });
});

it('logs a long path cut', async () => {
  const response = await fetch(`${gatehouse.url}/${LONG.slice(0, 10_000)}`);
  expect((await response.text()).length).toBeLessThan(200);
  const [line] = await linesOfRequest(response.headers.get('x-request-id')!);
  expect(line!['path']).toBe(`/${LONG.slice(0, 198)}…`);
});

describe('bounded responses of a federated graph', () => {
  let shop: Subgraph;
  let federated: Instance;
  beforeAll(async () => {
    shop = await startSubgraph('shop', 'type Query { goods(by: By): [String!] } input By { name: String }', {
      Query: { goods: () => [] },
    });
    federated = await gatehouse.replica({ SUBGRAPHS: subgraphsOf(shop) });
  });
  afterAll(async () => {
    await federated.stop();
    await shop.stop();
  });

  it.each<[title: string, by: unknown]>([
    ['60 unknown fields beside a long one', { name: QUOTES, ...numbered(60) }],
    ['a long text for an object', QUOTES],
  ])('are given to variables: %s', async (_title, by) => {
    const answer = await post({ query: 'query ($by: By) { goods(by: $by) }', variables: { by } }, federated);
    expectBounded(answer, 'BAD_USER_INPUT');
    expect(shop.received).toEqual([]);
  });

  it('are given to a document', async () => {
    const query = `query ${LONG}(${many(100, (n) => `$v${n}: Int`)}) { goods }`;
    expectBounded(await post({ query }, federated), 'GRAPHQL_VALIDATION_FAILED');
  });
});
