import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'graphql';
import type { Context } from '../../../src/graphql/server/context.ts';
import { DocumentStore } from '../../../src/graphql/server/document_store.ts';
import { createKnownQueries, executeOver } from '../../../src/graphql/server/known_queries.ts';
import { buildShieldedSchema } from '../../../src/graphql/schema/schema.ts';
import type { UseCases } from '../../../src/application/use_cases.ts';
import { type Instance, startInstance } from '../../support/instance.ts';

const KNOWN = 'query Known($is: Boolean = true) { __typename @include(if: $is) }';
const FAILING = '{ me { username } }';
const TWO = 'query A { __typename } query B { again: __typename }';
const MUTATION = 'mutation { __typename }';

describe('a query that is known', () => {
  const documents = new DocumentStore();
  for (const text of [KNOWN, FAILING, TWO, MUTATION]) void documents.set(text, parse(text));
  const schema = buildShieldedSchema({} as UseCases, {
    registrationOpen: false,
    passkeys: true,
    passwordReset: false,
    factors: { allowed: true, required: [] },
    supergraph: async () => null,
  });
  const answer = createKnownQueries(executeOver(schema), documents);
  const context = { principal: () => Promise.reject(new Error('nobody')) } as unknown as Context;

  it('is answered without Apollo', async () => {
    expect(await answer({ query: KNOWN }, context)).toBe('{"data":{"__typename":"Query"}}\n');
    const nothing = { operationName: null, extensions: null };
    expect(await answer({ query: KNOWN, variables: { is: false }, ...nothing }, context)).toBe('{"data":{}}\n');
    expect(await answer({ query: KNOWN, variables: null }, context)).toBe('{"data":{"__typename":"Query"}}\n');
  });

  it.each<[string, unknown]>([
    ['is new', { query: '{ a: __typename }' }],
    ['differs by a blank', { query: `${KNOWN} ` }],
    ['ends in an error', { query: FAILING }],
    ['has variables that do not fit', { query: KNOWN, variables: { is: 'yes' } }],
    ['has variables that are a list', { query: KNOWN, variables: [] }],
    ['has variables that are a text', { query: KNOWN, variables: 'is' }],
    ['has variables that are a number', { query: KNOWN, variables: 1 }],
    ['names an operation', { query: KNOWN, operationName: 'Known' }],
    ['is one of two', { query: TWO }],
    ['is a mutation', { query: MUTATION }],
    ['brings extensions', { query: KNOWN, extensions: {} }],
    ['is no text', { query: { __typename: 1 } }],
    ['is not there', {}],
    ['is no object', 'text'],
    ['is nothing', undefined],
    ['is null', null],
    ['is a list', []],
    ['is a number', 7],
  ])('is left to Apollo where it %s', async (_, body) => {
    expect(await answer(body, context)).toBeNull();
  });
});

describe('an answer', () => {
  let gatehouse: Instance;
  let token: string;
  beforeAll(async () => {
    gatehouse = await startInstance();
    token = (await gatehouse.client.login(gatehouse.admin.username, gatehouse.admin.password)).accessToken;
  });
  afterAll(() => gatehouse.close());

  /** Returns a response without the parts that always differ. */
  async function ask(body: object, headers: Record<string, string>) {
    const response = await fetch(`${gatehouse.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers },
      body: JSON.stringify(body),
    });
    const fields = Object.fromEntries([...response.headers].filter(([name]) => !/^(date|x-request-id)$/.test(name)));
    const text = (await response.text()).replace(/"requestId":"[^"]+"/, '"requestId":"…"');
    return { status: response.status, fields, text };
  }

  const accepts = ['*/*', 'application/json', 'application/graphql-response+json', 'application/json;q=0.5, */*;q=0.1'];
  const bodies: Record<string, object> = {
    data: { query: '{ me { id username email fullName disabled role createdAt lastLoginAt } }' },
    'data and variables': { query: 'query ($n: Int = 1) { users(first: $n) { totalCount } }', variables: { n: 2 } },
    'fragments and aliases': { query: '{ a: me { ...F } b: me { ...F } } fragment F on User { name: username }' },
    'an error': { query: '{ user(username: "nobody.there") { id } }' },
    'a variable that does not fit': {
      query: 'query ($n: Int) { users(first: $n) { totalCount } }',
      variables: { n: 'x' },
    },
    'a field that is nobody’s': { query: '{ nothing }' },
  };
  const cases = Object.keys(bodies).flatMap((what) => accepts.map((accept) => ({ what, accept })));

  it.each(cases)('with $what is the same the first time and ever after, as $accept', async ({ what, accept }) => {
    // A comment makes it a new text for the store of known queries.
    const query = `${(bodies[what] as { query: string }).query} # ${accept}`;
    const body = { ...bodies[what], query };
    const first = await ask(body, { accept });
    expect(await ask(body, { accept })).toEqual(first);
    expect(await ask(body, { accept, origin: 'https://elsewhere.example' })).toEqual(first);
  });

  it('to another token is another one', async () => {
    const query = '{ me { username } }';
    expect((await ask({ query }, {})).text).toContain('"admin"');
    expect((await ask({ query }, {})).text).toContain('"admin"');
    expect((await ask({ query }, { authorization: 'Bearer nonsense' })).text).toContain('INVALID');
  });
});
