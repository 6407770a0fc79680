import { globSync, readFileSync } from 'node:fs';

/** Every page that people read. */
export const PAGES: readonly string[] = [
  'README.md',
  'CONTRIBUTING.md',
  ...globSync(['docs/*.md', 'examples/**/*.md', 'deploy/**/*.md'], {
    exclude: (path) => path.includes('node_modules'),
  }),
].sort();

/** A fenced block of a page. */
export interface Block {
  readonly page: string;
  /** Of its first line, from 1. */
  readonly line: number;
  readonly language: string;
  readonly text: string;
}

export function blocksOf(page: string): Block[] {
  const text = readFileSync(page, 'utf8');
  return [...text.matchAll(/^( *)```(\w*)\n(.*?)^\1```$/gms)].map(({ index, 2: language, 3: body, 1: indent }) => ({
    page,
    line: text.slice(0, index).split('\n').length + 1,
    language: language!,
    text: body!.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  }));
}
