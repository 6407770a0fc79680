import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { PAGES, sectionsOf } from '../support/markdown.ts';

/** Its links to files of the repository, and its pictures, as written. */
const linksOf = (page: string) =>
  sectionsOf(page)
    .flatMap(({ prose }) => [...prose.matchAll(/(?:\]\(|\bsrc(?:set)?=")([^)"\s]+)[)"]/g)])
    .map(([, target]) => target!)
    .filter((target) => !/^[a-z]+:/.test(target));

describe('the pages', () => {
  it.each(PAGES)('%s points at what there is', (page) => {
    const broken = linksOf(page).filter((target) => {
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? page : join(dirname(page), path);
      if (!existsSync(file)) return true;
      return anchor !== undefined && !sectionsOf(file).some((section) => section.anchor === anchor);
    });
    expect(broken).toEqual([]);
  });

  it('in docs/ are each reached from the README or the concepts', () => {
    const reached = [...linksOf('README.md'), ...linksOf('docs/concepts.md').map((target) => `docs/${target}`)].map(
      (target) => target.split('#')[0],
    );
    expect(PAGES.filter((page) => page.startsWith('docs/') && !reached.includes(page))).toEqual([]);
  });
});

describe('docs/security.md', () => {
  it('names for each threat a test that makes it', () => {
    const [, threats = ''] = readFileSync('docs/security.md', 'utf8').split('\n## Threats\n');
    const rows = threats
      .split('\n## ')[0]!
      .split('\n')
      .filter((line) => /^\| (?!threat |-)/.test(line));
    expect(rows.length).toBeGreaterThan(30);
    expect(rows.filter((row) => !/\]\(\.\.\/test\/[\w/]+\.test\.ts\)/.test(row))).toEqual([]);
  });
});
