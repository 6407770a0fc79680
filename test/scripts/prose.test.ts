import { describe, expect, it } from '@jest/globals';
import { faultOf } from '../../scripts/prose/faults.ts';
import { markdownParagraphs } from '../../scripts/prose/markdown_paragraphs.ts';
import { compareNumbers } from '../../scripts/prose/numbers.ts';
import { type Paragraph, sentencesOf } from '../../scripts/prose/paragraph.ts';
import { roomOf } from '../../scripts/prose/room.ts';
import { sourceParagraphs } from '../../scripts/prose/source_paragraphs.ts';

/** Every sentence with its line, as `1: text`. */
const listed = (paragraphs: readonly Paragraph[]) =>
  paragraphs.flatMap(sentencesOf).map(({ text, line }) => `${line}: ${text}`);
const inSource = (source: string, path = 'src/a.tsx') => listed(sourceParagraphs(path, source));
const inMarkdown = (source: string) => listed(markdownParagraphs(source));

describe('the prose check', () => {
  it.each([
    ['What is known to Redis is one round trip.', 'begins with "What"'],
    ['Whoever asks gets it.', 'begins with "Whoever"'],
    ['"Who asks" is the caller.', 'begins with "Who"'],
    ['whether a token counts', 'begins with "whether"'],
    ['Of this transaction alone.', 'begins with "Of"'],
    ['For each row, one lock.', 'begins with "For"'],
    ['That needs Linux.', 'begins with "That"'],
    ['The lock lets nobody in.', 'says "nobody"'],
    ['The key is not told to subgraphs.', 'says "is told"'],
    ['The token counts no more once it is revoked.', 'says "no more"'],
    ['The key signs no more; its tokens count.', 'says "no more"'],
    ['Fields of ours.', 'says "of ours"'],
    ['Never the own account.', 'says "the own"'],
    ['Says nothing of the query.', 'says "nothing of"'],
  ])('finds the fault of: %s', (sentence, fault) => {
    expect(faultOf(sentence)).toBe(fault);
  });

  it.each([
    'Returns what the subgraph sent.',
    'What ends a session?',
    'For example, a page that slept.',
    '`For` is a keyword, and `nobody` a system user.',
    'Whatever signed before still verifies.',
    'bcrypt compares 72 bytes and no more.',
    'A batch has no more than 100 rows.',
  ])('finds no fault in: %s', (sentence) => {
    expect(faultOf(sentence)).toBeUndefined();
  });

  it('reads line comments below one another as one text', () => {
    expect(inSource('// One idea,\n  // over two lines. Another one.\nlet a; // Behind code.\n// Below it.')).toEqual([
      '1: One idea, over two lines.',
      '2: Another one.',
      '3: Behind code.',
      '4: Below it.',
    ]);
  });

  it('reads docstrings without their tags', () => {
    const source = `
      /**
       * Rotates a token.
       *
       * @param token - the one that was presented
       * @throws {Refusal} when it was used
       */
      function rotate(token: string) {}`;
    expect(inSource(source)).toEqual(['3: Rotates a token.', '5: the one that was presented', '6: when it was used']);
  });

  it('takes no string, pattern or page text for a comment', () => {
    expect(inSource(`const a = ['// no', \`/* no \${1} // no */\`, /[/*]no/, 'http://no.no/'];`)).toEqual([]);
    expect(inSource('const page = <p>/* no */{a} // no<b>// no</b> // no</p>; // Yes.')).toEqual(['1: Yes.']);
  });

  it('reads messages and page texts that are sentences, and no shorter strings', () => {
    expect(inSource('fail("The file " + name + ` has ${n} lines.`, "A name", "select a from b");')).toEqual([
      '1: The file … has … lines.',
    ]);
    expect(inSource('const page = (\n<p>\nThe server did not answer.\n</p>);')).toEqual([
      '3: The server did not answer.',
    ]);
  });

  it('reads the titles of tests, and none of their data', () => {
    const source = `
      describe('the door', () => {
        it.each([['A row of four words']])('opens for %s', () => {});
        it.skip(\`opens \${n} times\`, () => { expect(it).toBe('Another text of four words'); });
      });`;
    expect(inSource(source, 'test/a.test.ts')).toEqual(['2: the door', '3: opens for %s', '4: opens … times']);
  });

  it('reads Markdown without code, comments and addresses', () => {
    const source = [
      '# Title',
      '',
      'One line',
      'and [another](https://no.no/). `For` ends it.',
      '```sh',
      'no',
      '```',
      '<!-- no',
      'no -->',
      '- An item.',
      '- a fragment',
      '',
      '| Cell one. | who asks |',
    ].join('\n');
    expect(inMarkdown(source)).toEqual([
      '1: … Title',
      '3: One line and [another].',
      '4: `…` ends it.',
      '10: An item.',
      '11: … a fragment',
      '13: Cell one.',
      '13: … who asks',
    ]);
  });

  it('counts a room against its own number, and one without a number against none', () => {
    expect(compareNumbers({ 'src/a': 2, 'src/b': 1, 'src/c': 0 }, { 'src/a': 2, 'src/c': 4, 'src/d': 1 })).toEqual({
      risen: ['src/b'],
      fallen: ['src/c', 'src/d'],
    });
  });

  it.each([
    ['src/kernel/log.ts', 'src/kernel'],
    ['src/http/openapi/answers.ts', 'src/http'],
    ['src/main.ts', 'src'],
    ['packages/client/src/index.ts', 'packages/client'],
    ['docs/keys.md', 'docs'],
    ['scripts/prose/check.ts', 'scripts'],
    ['README.md', '.'],
  ])('counts %s in the room %s', (path, room) => {
    expect(roomOf(path)).toBe(room);
  });
});
