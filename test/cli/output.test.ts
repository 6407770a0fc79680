import { describe, expect, it } from '@jest/globals';
import { harmless } from '../../src/cli/output.ts';

describe("text of strangers on an operator's terminal", () => {
  it.each([
    ['an escape sequence', '\u001b]0;owned\u0007', String.raw`\u001b]0;owned\u0007`],
    ['one of a single character', '\u009b2J', String.raw`\u009b2J`],
    ['a line of its own', 'a\r\nok', String.raw`a\u000d\u000aok`],
    ['letters that run backwards', 'a\u202eb', String.raw`a\u202eb`],
    ['half a character', '\ud800', String.raw`\ud800`],
    ['a name', 'Ümläut 李 👩', 'Ümläut 李 👩'],
  ])('is shown and not obeyed: %s', (_what, sent, shown) => {
    expect(harmless(sent)).toBe(shown);
  });
});
