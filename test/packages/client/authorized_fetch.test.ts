import { describe, expect, it } from '@jest/globals';
import { createAuthorizedFetch } from '../../../packages/client/src/authorized_fetch.ts';

const BASE = new URL('https://auth.example/');
const refused = () =>
  new Response('', { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } });

/** Returns a client's fetch with answers of the test. Tokens are issued in order; the last one repeats. */
function open(answers: (() => Response)[], tokens: (string | undefined)[]) {
  const sent: (string | null)[] = [];
  const dropped: string[] = [];
  const asked: unknown[] = [];
  const send: typeof fetch = async (input) => {
    sent.push((input as Request).headers.get('authorization'));
    return (answers.length > 1 ? answers.shift()! : answers[0]!)();
  };
  const auth = {
    getAccessToken: async (options?: object) => {
      asked.push(options);
      return tokens.length > 1 ? tokens.shift() : tokens[0];
    },
    dropSession: (token: string) => void dropped.push(token),
    noteAnswer: () => {},
    stepUp: async () => false,
  };
  return { fetch: createAuthorizedFetch(BASE, auth, send), sent, dropped, asked };
}

describe('a request whose token was refused', () => {
  it('is repeated once, with a new token', async () => {
    const { fetch, sent, asked } = open([refused, () => new Response('good')], ['one', 'two']);
    expect(await (await fetch('/a')).text()).toBe('good');
    expect(sent).toEqual(['Bearer one', 'Bearer two']);
    expect(asked).toEqual([undefined, { refused: 'one' }]);
  });

  it.each<[string, (string | undefined)[]]>([
    ['there is no new token', ['one', undefined]],
    ['the token is the same again', ['one']],
    ['there was no token', [undefined, 'two']],
  ])('is not repeated if %s', async (_why, tokens) => {
    const { fetch, sent } = open([refused], tokens);
    expect((await fetch('/a')).status).toBe(401);
    expect(sent).toHaveLength(1);
  });

  it('is not repeated soon after a new token did not help', async () => {
    const { fetch, sent } = open([refused], ['one', 'two', 'three', 'four']);
    for (let times = 0; times < 3; times++) expect((await fetch('/a')).status).toBe(401);
    expect(sent).toHaveLength(4);
  });

  it.each<[string, () => Response]>([
    [
      'another status',
      () => new Response('', { status: 403, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } }),
    ],
    ['another challenge', () => new Response('', { status: 401, headers: { 'www-authenticate': 'Basic' } })],
    [
      'a challenge about its scope',
      () => new Response('', { status: 401, headers: { 'www-authenticate': 'Bearer error="insufficient_scope"' } }),
    ],
    ['an answer that does not mention it', () => Response.json({ errors: [{ message: 'no' }] }, { status: 401 })],
    [
      'a wrong password',
      () => Response.json({ errors: [{ message: 'no', extensions: { code: 'UNAUTHENTICATED' } }] }, { status: 401 }),
    ],
    [
      'what is no JSON',
      () => new Response('{"errors":', { status: 401, headers: { 'content-type': 'application/json' } }),
    ],
  ])('is distinguished from one that was answered with %s', async (_what, answer) => {
    const { fetch, sent } = open([answer], ['one', 'two']);
    await fetch('/a');
    expect(sent).toEqual(['Bearer one']);
  });

  it('is recognised by the code of the GraphQL door, with any JSON media type', async () => {
    const answer = () =>
      new Response(
        JSON.stringify({ errors: [{ message: 'no', extensions: { code: 'UNAUTHENTICATED', reason: 'REVOKED' } }] }),
        {
          status: 401,
          headers: { 'content-type': 'application/graphql-response+json' },
        },
      );
    const { fetch, sent } = open([answer, () => new Response('good')], ['one', 'two']);
    await fetch('/graphql', { method: 'POST', body: '{"query":"{ a }"}' });
    expect(sent).toEqual(['Bearer one', 'Bearer two']);
  });

  it.each<[string, string, RequestInit, number]>([
    ['a query in the URL', '/graphql?query={a}', {}, 2],
    ['a mutation of one field', '/graphql', { method: 'POST', body: '{"query":"mutation { a }"}' }, 2],
    [
      'not a mutation of two, one of which was done',
      '/graphql',
      { method: 'POST', body: '{"query":"mutation{a b}"}' },
      1,
    ],
    [
      'not a body that the client cannot read',
      '/graphql',
      { method: 'POST', body: new URLSearchParams({ query: '{ a }' }) },
      1,
    ],
  ])('is repeated if nothing was executed: %s', async (_what, path, init, times) => {
    const answer = () =>
      Response.json(
        {
          data: null,
          errors: [{ message: 'no', path: ['a'], extensions: { code: 'UNAUTHENTICATED', reason: 'EXPIRED' } }],
        },
        { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } },
      );
    const { fetch, sent } = open([answer], ['one', 'two']);
    expect((await fetch(path, init)).status).toBe(401);
    expect(sent).toHaveLength(times);
  });
});

it.each<[string, () => Response, boolean]>([
  ['by the REST door', () => Response.json({ code: 'INACTIVE_USER' }, { status: 400 }), true],
  [
    'by the GraphQL door',
    () => Response.json({ errors: [{ message: 'no', extensions: { code: 'INACTIVE_USER' } }] }, { status: 400 }),
    true,
  ],
  ['not by another refusal', () => Response.json({ error_description: 'Inactive user' }, { status: 400 }), false],
  ['not with another status', () => Response.json({ code: 'INACTIVE_USER' }, { status: 403 }), false],
])('a session is dropped if its user is disabled: %s', async (_how, answer, isDropped) => {
  const { fetch, dropped } = open([answer], ['one']);
  await fetch('/a');
  expect(dropped).toEqual(isDropped ? ['one'] : []);
});
