import { globSync, readFileSync } from 'node:fs';

/** Every page for readers. */
export const PAGES: readonly string[] = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...globSync(['docs/*.md', 'packages/*/*.md', 'examples/**/*.md', 'deploy/**/*.md'], {
    exclude: (path) => path.includes('node_modules'),
  }),
].sort();

/** A fenced block of a page. */
export interface Block {
  readonly page: string;
  /** The number of its first line, from 1. */
  readonly line: number;
  readonly language: string;
  readonly text: string;
}

/** A heading with the text below it, up to the next heading of any level. */
export interface Section {
  /** Empty for the text before the first heading. */
  readonly heading: string;
  /** The anchor of its links. */
  readonly anchor: string;
  /** The whole text, with the heading. */
  readonly text: string;
  /** The text without its blocks. */
  readonly prose: string;
  readonly blocks: readonly Block[];
}

export function sectionsOf(page: string): Section[] {
  const text = readFileSync(page, 'utf8');
  const parts = [{ heading: '', text: '', prose: '', blocks: [] as Block[] }];
  let end = 0;
  // Includes blocks that are indented in a list. A line in a block that looks like a heading is a comment.
  for (const found of text.matchAll(/^( *)```(.*?)\n(.*?)^\1```$|^#+ (.*?)$/gms)) {
    const [whole, indent, language, body, heading] = found;
    const between = text.slice(end, found.index);
    end = found.index + whole.length;
    const part = parts.at(-1)!;
    part.text += between;
    part.prose += between;
    if (heading === undefined) {
      part.text += whole;
      part.blocks.push({
        page,
        line: text.slice(0, found.index).split('\n').length + 1,
        language: language!,
        text: body!.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
      });
    } else parts.push({ heading, text: heading, prose: heading, blocks: [] });
  }
  parts.at(-1)!.text += text.slice(end);
  parts.at(-1)!.prose += text.slice(end);
  return parts.map((part) => ({ ...part, anchor: anchorOf(part.heading) }));
}

export const blocksOf = (page: string): Block[] => sectionsOf(page).flatMap(({ blocks }) => blocks);

/** Returns the section of a heading. @throws if there is none */
export function sectionOf(sections: readonly Section[], heading: string): Section {
  const section = sections.find((one) => one.heading === heading);
  if (!section) throw new Error(`no section "${heading}"`);
  return section;
}

/** Makes the anchor of a heading as GitHub does. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}
