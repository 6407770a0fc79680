import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

/** Style sheets of the whole console: `main.tsx` loads them before anything is shown. */
const GLOBAL = ['web/console/ui/tokens.css', 'web/console/ui/base.css'];

const sheets = new Map(globSync('web/console/**/*.css').map((path) => [path, readFileSync(path, 'utf8')]));
const classesOf = (path: string) => [...sheets.get(path)!.matchAll(/\.([a-z][\w-]*)/g)].map(([, name]) => name!);
const known = new Set([...sheets.keys()].flatMap(classesOf));
const namesIn = (text: string) => text.split(/[^\w-]+/).filter((word) => known.has(word));

/** The classes of `className="a b"`, and of the texts in `className={…}`. */
function classesUsed(source: string): string[] {
  return [...source.matchAll(/className=(?:"([^"]+)"|\{([^}]+)\})/g)].flatMap(([, text, expression = '']) =>
    text === undefined
      ? [...expression.matchAll(/['`]([^'`]*)/g)].flatMap(([, part]) => namesIn(part!))
      : namesIn(text),
  );
}

// Threat: a chunk's styles come with the chunk. A rule that happens to be in another page's is there once that page was
// opened, and not on a phone that begins elsewhere.
describe('the styles of the console', () => {
  const components = globSync('web/console/**/*.tsx');

  it.each(components)('%s imports those of every class it uses', (path) => {
    const source = readFileSync(path, 'utf8');
    const imported = [...source.matchAll(/^import '([^']+\.css)';/gm)].map(([, sheet]) => join(dirname(path), sheet!));
    const styled = new Set([...GLOBAL, ...imported].flatMap(classesOf));
    expect(classesUsed(source).filter((name) => !styled.has(name))).toEqual([]);
  });

  it.each([...sheets.keys()])('%s animates by what it holds itself, or what every page has', (path) => {
    const names = [...sheets.get(path)!.matchAll(/animation(?:-name)?:\s*([a-z-]+)/g)].map(([, name]) => name!);
    const there = [path, ...GLOBAL].map((sheet) => sheets.get(sheet)!).join('\n');
    expect(names.filter((name) => name !== 'none' && !there.includes(`@keyframes ${name} `))).toEqual([]);
  });

  it('are found at all', () => {
    expect(components.length).toBeGreaterThan(40);
    expect(components.flatMap((path) => classesUsed(readFileSync(path, 'utf8'))).length).toBeGreaterThan(100);
  });
});
