import { describe, expect, it } from '@jest/globals';
import { MOST_ERRORS } from '../../src/gateway/execution/most_errors.ts';
import { firstErrors, loggedErrors } from '../../src/gateway/execution/reported_errors.ts';

const errorsOf = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ message: `no ${at}`, path: ['a', at] }));

describe("a subgraph's errors", () => {
  it.each([
    [0, 0],
    [1, 0],
    [MOST_ERRORS, 0],
    // One error without a path stands for the rest, which may explain any null.
    [MOST_ERRORS + 1, 1],
    [10_000, 1],
  ])('are bounded: %i become at most the limit, with %i for the rest', (count, rest) => {
    const known = firstErrors(errorsOf(count));
    expect(known.slice(0, MOST_ERRORS)).toEqual(errorsOf(Math.min(count, MOST_ERRORS)));
    expect(known.slice(MOST_ERRORS)).toEqual(Array.from({ length: rest }, () => ({ message: 'no 0', path: null })));
  });

  it.each<[string, unknown, object]>([
    ['no text for a message', { message: 1 }, { message: 'No message', path: null }],
    ['a long message', { message: 'x'.repeat(201) }, { message: `${'x'.repeat(199)}…`, path: null }],
    ['a code', { message: 'no', extensions: { code: 'OUT' } }, { message: 'no', path: null, code: 'OUT' }],
    ['a code that is no text', { message: 'no', extensions: { code: 1 } }, { message: 'no', path: null }],
    ['no object for extensions', { message: 'no', extensions: 'x' }, { message: 'no', path: null }],
    ['an empty path', { message: 'no', path: [] }, { message: 'no', path: [] }],
    ['a path of 100 steps', { message: 'no', path: Array(100).fill(0) }, { message: 'no', path: Array(100).fill(0) }],
    ['a path of 101', { message: 'no', path: Array(101).fill(0) }, { message: 'no', path: null }],
    ['a name of 200', { message: 'no', path: ['x'.repeat(200)] }, { message: 'no', path: ['x'.repeat(200)] }],
    ['a name of 201', { message: 'no', path: ['x'.repeat(201)] }, { message: 'no', path: null }],
    ['a step of another type', { message: 'no', path: ['a', null] }, { message: 'no', path: null }],
    ['a path that is none', { message: 'no', path: 'a' }, { message: 'no', path: null }],
  ])('are read with %s', (_what, error, known) => {
    expect(firstErrors([error as never])).toEqual([known]);
  });

  it.each([
    [9, 9, {}],
    [10, 10, {}],
    [11, 10, { errorCount: 11 }],
  ])('are logged within a limit: of %i the log has %i', (count, logged, more) => {
    const known = firstErrors(errorsOf(count));
    expect(loggedErrors(known, count)).toEqual({ errors: known.slice(0, logged), ...more });
  });

  it('are logged with their code under a name that is not redacted', () => {
    const [error] = loggedErrors([{ message: 'no', path: null, code: 'OUT' }], 1).errors;
    expect(error).toEqual({ message: 'no', path: null, reason: 'OUT' });
  });
});
