import { globSync, readFileSync } from 'node:fs';

/** Every page that people read. */
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
  /** Empty for what stands before the first one. */
  readonly heading: string;
  /** How it is linked to. */
  readonly anchor: string;
  /** All of it, the heading too. */
  readonly text: string;
  /** The same without its blocks. */
  readonly prose: string;
  readonly blocks: readonly Block[];
}

export function sectionsOf(page: string): Section[] {
  const text = readFileSync(page, 'utf8');
  const parts = [{ heading: '', text: '', prose: '', blocks: [] as Block[] }];
  let end = 0;
  // Also blocks that stand indented in a list; what looks like a heading in one is a comment.
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

/** The section of a heading. Throws where there is none. */
export function sectionOf(sections: readonly Section[], heading: string): Section {
  const section = sections.find((one) => one.heading === heading);
  if (!section) throw new Error(`no section "${heading}"`);
  return section;
}

/** As GitHub makes them of headings. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}
