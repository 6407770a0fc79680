import { describe, expect, it } from '@jest/globals';
import { cut } from '../../src/kernel/cut.ts';
import { Refusal } from '../../src/kernel/errors.ts';
import { OAuthError } from '../../src/oauth/errors.ts';

describe('cut', () => {
  it.each<[title: string, text: string, most: number, left: string]>([
    ['keeps a text of exactly the limit', 'abcd', 4, 'abcd'],
    ['ends a longer text with an ellipsis, within the limit', 'abcde', 4, 'abc…'],
    ['keeps a surrogate pair at the limit', '\u{1f600}\u{1f600}', 4, '\u{1f600}\u{1f600}'],
    ['keeps a surrogate pair before the cut', 'a\u{1f600}bc', 4, 'a\u{1f600}…'],
    ['drops a surrogate pair that the cut would split', 'ab\u{1f600}c', 4, 'ab…'],
    ['replaces a lone surrogate of a short text', 'a\ud83d', 4, 'a\ufffd'],
    ['replaces a lone surrogate of a long text', '\ude00abcde', 4, '\ufffdab…'],
  ])('%s', (_title, text, most, left) => {
    expect(cut(text, most)).toBe(left);
    expect(cut(text, most).length).toBeLessThanOrEqual(most);
    expect(cut(text, most).isWellFormed()).toBe(true);
  });

  it('shortens the messages of GraphQL refusals and of OAuth errors', () => {
    const [at, over] = ['x'.repeat(200), 'x'.repeat(201)];
    const left = `${'x'.repeat(199)}…`;
    expect(new Refusal('BAD_REQUEST', { message: at }).message).toBe(at);
    expect(new Refusal('BAD_REQUEST', { message: over }).message).toBe(left);
    expect(new OAuthError('invalid_request', at).message).toBe(at);
    expect(new OAuthError('invalid_request', over).message).toBe(left);
  });
});
