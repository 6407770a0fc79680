import { type Line, type Paragraph, paragraphsOf } from './paragraph.ts';

/** Stands before a label, a heading or a fragment in a table or list: its first word opens no sentence. */
const LABEL = '… ';

/** The text of a Markdown document outside of code, comments and addresses; each cell of a table is a paragraph. */
export function markdownParagraphs(source: string): Paragraph[] {
  const text = source
    // The lines stay, so that their numbers do.
    .replace(/<!--[^]*?-->/g, (comment) => '\n'.repeat(comment.split('\n').length - 1))
    .replace(/\]\([^)\n]*\)/g, ']');
  const lines: Line[] = [];
  let fence: string | undefined;
  for (const [index, each] of text.split('\n').entries()) {
    const mark = /^\s*(`{3,}|~{3,})/.exec(each)?.[1];
    const line = index + 1;
    if (fence !== undefined || mark !== undefined) {
      if (fence === undefined) fence = mark;
      else if (mark?.startsWith(fence)) fence = undefined;
      lines.push({ text: '', line });
    } else if (/^\s*\|/.test(each)) {
      for (const text of cellsOf(withoutCode(each))) lines.push({ text: '', line }, { text, line });
    } else {
      lines.push({ text: labelled(withoutCode(each)), line });
    }
  }
  return paragraphsOf(lines);
}

/** Marks a heading, and an item that begins with a small letter. */
const labelled = (line: string): string =>
  line.replace(/^\s*(?:#{1,6}\s+|(?:[-*+]|\d+\.)\s+(?=\p{Ll}))/u, `$&${LABEL}`);

/** The cells of a row; one that begins with a small letter is marked. */
const cellsOf = (row: string): string[] => row.split('|').map((cell) => cell.replace(/^\s*(?=\p{Ll})/u, LABEL));

/** Keeps the place of inline code, so that no other word begins the sentence. */
const withoutCode = (line: string): string => line.replace(/(`+)(?!`)[^]*?(?<!`)\1(?!`)/g, '`…`');
