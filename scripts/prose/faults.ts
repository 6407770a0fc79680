/**
 * The openings and words that the English of this project does without, by a rule that is simple on purpose:
 * - No sentence begins with `what`, `who`, `whoever`, `whether`, `of`, `for` or `that`. Two are allowed: a question
 *   ("What ends a session?") and "For example".
 * - None of {@link WORDS} stands anywhere.
 * A Markdown heading, cell or item that is no sentence ("who asks") is judged by its words alone.
 */
const OPENING = /^[^\p{L}\p{N}`…]*(?:what|who|whoever|whether|of|for(?! example\b)|that)(?![\p{L}\p{N}-])/iu;

/** By their names in the report. */
const WORDS: Readonly<Record<string, RegExp>> = {
  nobody: /\bnobody\b/i,
  whoever: /\bwhoever\b/i,
  'is told': /\b(?:is|are|was|were|be|been|being)(?: \w+)? told\b/i,
  // "No more requests" and "72 bytes and no more" are quantities; "the key signs no more" is not.
  'no more': /\bcounts? no more\b|(?<!\b(?:and|by|needs?|gets) |, )\bno more(?=\s*(?:[.,;:)]|$))/i,
  'of ours': /\bof ours\b/i,
  'the own': /\bthe own\b/i,
  'nothing of': /\bnothing of\b/i,
};

/** The fault of a sentence, as the report names it; the first where there are several. */
export function faultOf(sentence: string): string | undefined {
  const prose = sentence.replace(/`[^`]*`/g, '`…`');
  const opening = OPENING.exec(prose)?.[0];
  if (opening !== undefined && !sentence.endsWith('?')) return `begins with "${opening.replace(/^[^\p{L}]+/u, '')}"`;
  const word = Object.keys(WORDS).find((name) => WORDS[name]?.test(prose));
  return word === undefined ? undefined : `says "${word}"`;
}
