import { describe, expect, it } from '@jest/globals';
import { GraphQLError, parse } from 'graphql';
import { subgraphFailed } from '../../src/gateway/execution/complete_response.ts';
import type { Fetch, FetchResult } from '../../src/gateway/execution/executor.ts';
import { withoutFailed } from '../../src/gateway/execution/failed_representations.ts';
import { Refusal } from '../../src/kernel/errors.ts';

const DOCUMENT = parse(`query ($r: [_Any!]!, $q: [_Any!]!, $at: String) {
  e0: _entities(representations: $r) { ... on Item { name(at: $at) } }
  e1: _entities(representations: $q) { ... on Item { left } }
}`);
const item = (id: string, more: object = {}) => ({ __typename: 'Item', id, ...more });
const isLacking = (one: unknown) => (one as { isLacking?: boolean }).isLacking ?? false;
/** Creates the error with its subgraph's message, and the one without. */
const failing = (message: string) => {
  const originalError = new Refusal('SUBREQUEST_FAILED', { message, cause: subgraphFailed('shop', undefined) });
  return { secret: [{ deep: new GraphQLError(message, { originalError }) }] };
};

/** Returns the result of a fetch, and the variables that the subgraph received. */
async function ask(r: readonly object[], q: readonly object[], answer: FetchResult, document = DOCUMENT) {
  const sent: Fetch['variables'][] = [];
  const asked: Fetch = { document, variables: { r, q, at: 'north' } };
  const { data, errors } = await withoutFailed(asked, isLacking, async ({ variables }) => {
    sent.push(variables);
    return answer;
  });
  return { data, errors: errors?.map(({ message, path }) => [message, path]), sent };
}

describe('a fetch of entities', () => {
  it('requests only entities with complete inputs, and assigns each its own data', async () => {
    const failed = item('2', failing('no secret'));
    const lacking = item('3', { isLacking: true });
    const answer = {
      data: { e0: [{ name: 'one' }, { name: 'four' }], e1: [{ left: 5 }] },
      errors: [
        new GraphQLError('no name', { path: ['e0', 1, 'name'] }),
        new GraphQLError('no list', { path: ['e1'] }),
        new GraphQLError('nowhere', { path: ['other', 1] }),
        new GraphQLError('without a path'),
      ],
    };
    const { data, errors, sent } = await ask([item('1'), failed, lacking, item('4')], [failed, item('5')], answer);
    expect(sent).toEqual([{ r: [item('1'), item('4')], q: [item('5')], at: 'north' }]);
    expect(data).toEqual({
      e0: [{ name: 'one' }, null, { __typename: 'Item' }, { name: 'four' }],
      e1: [null, { left: 5 }],
    });
    // The reason has no message, because it may name a field that the client cannot see.
    const failure = 'Subgraph shop failed';
    expect(errors).toEqual([
      ['nowhere', ['other', 1]],
      ['without a path', undefined],
      [failure, ['e0', 1]],
      ['no name', ['e0', 3, 'name']],
      [failure, ['e1', 0]],
      ['no list', ['e1']],
    ]);
  });

  it('is not sent if all of them failed', async () => {
    const all = [item('1', failing('a')), item('2', { isLacking: true })];
    const { data, errors, sent } = await ask(all, [], { data: {} });
    expect(sent).toEqual([]);
    expect(data).toEqual({ e0: [null, { __typename: 'Item' }], e1: [] });
    expect(errors!.map(([, path]) => path)).toEqual([['e0', 0]]);
  });

  it('has only the type of an entity that was not found without an error', async () => {
    const errors = [new GraphQLError('no', { path: ['e0', 1] })];
    const answer = { data: { e0: [null, null, { name: 'c' }], e1: null }, errors };
    expect(await ask([item('1'), item('2'), item('3')], [item('4')], answer)).toMatchObject({
      data: { e0: [{ __typename: 'Item' }, null, { name: 'c' }], e1: [{ __typename: 'Item' }] },
      errors: [['no', ['e0', 1]]],
    });
  });

  it('fails as a whole if its subgraph returns no data', async () => {
    const errors = [new GraphQLError('no', { path: ['e0', 0] })];
    expect(await ask([item('1')], [], { data: null, errors })).toMatchObject({
      data: null,
      errors: [['no', ['e0', 0]]],
    });
    // A field that was not requested is missing for its own reason.
    expect(await ask([item('1', { isLacking: true }), item('2')], [], { errors })).toMatchObject({
      data: { e0: [{ __typename: 'Item' }, null], e1: [] },
      errors: [['no', ['e0', 1]]],
    });
  });
});

it('a fetch without entities is sent unchanged', async () => {
  const document = parse('query ($r: [Any]) { find(representations: $r) { id } }');
  const r = [item('1', { isLacking: true })];
  const answer = { data: { find: null } };
  expect(await ask(r, [], answer, document)).toEqual({
    ...answer,
    errors: undefined,
    sent: [{ r, q: [], at: 'north' }],
  });
});
