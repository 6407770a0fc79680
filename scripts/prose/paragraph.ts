/** A run of text as its author wrote it: each line with its number in the file, from 1. */
export type Paragraph = readonly Line[];

export interface Line {
  readonly text: string;
  readonly line: number;
}

export interface Sentence {
  readonly text: string;
  /** The line that the sentence begins on. */
  readonly line: number;
}

/** A list item, a numbered item, a heading or a quotation: it begins a paragraph. */
const ITEM = /^(?:[-*+]|\d+\.|#{1,6}|>)\s+/;
/** A JSDoc tag with its type and, where the tag has one, the name that it describes. */
const TAG = /^@(?:(?:param|template|property)\s+(?:\{[^}]*\}\s*)?\S+|\w+(?:\s+\{[^}]*\})?)(?:\s+-)?\s*/;
/** The blank after a full stop, where the next sentence begins with a capital letter or a quotation. */
const BETWEEN = /(?<=[.!?]["')*_\]]*)\s+(?=["'(*_[]*[`\p{Lu}])/u;

/** Splits lines at blank lines, list items and JSDoc tags, and removes what marks these. */
export function paragraphsOf(lines: readonly Line[]): Paragraph[] {
  const paragraphs: Line[][] = [[]];
  for (const { text, line } of lines) {
    const trimmed = text.trim();
    const marked = ITEM.test(trimmed) || TAG.test(trimmed);
    if (trimmed === '' || marked) paragraphs.push([]);
    if (trimmed !== '') paragraphs.at(-1)?.push({ text: trimmed.replace(ITEM, '').replace(TAG, ''), line });
  }
  return paragraphs.filter((paragraph) => paragraph.length > 0);
}

export function sentencesOf(paragraph: Paragraph): Sentence[] {
  const starts: { offset: number; line: number }[] = [];
  let text = '';
  for (const { text: next, line } of paragraph) {
    starts.push({ offset: text.length, line });
    text += `${next} `;
  }
  let offset = 0;
  return text
    .trimEnd()
    .split(BETWEEN)
    .map((sentence) => {
      offset = text.indexOf(sentence, offset);
      const line = starts.findLast((start) => start.offset <= offset)?.line ?? 1;
      offset += sentence.length;
      return { text: sentence, line };
    });
}
