import { beforeAll, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { holdBuild } from '../support/server_process.ts';

const web = fileURLToPath(new URL('../../dist/web/', import.meta.url));
const BUDGET_BYTES = 200_000;

/** Returns a script with all its static imports. */
function withImports(name: string, found = new Set<string>()): Set<string> {
  if (found.has(name)) return found;
  found.add(name);
  const source = readFileSync(`${web}assets/${name}`, 'utf8');
  for (const [, imported] of source.matchAll(/(?:from|import)\s*["']\.\/([\w.-]+\.js)["']/g))
    withImports(imported!, found);
  return found;
}

beforeAll(holdBuild, 180_000);

it('the sign-in page needs less than 200 kB of compressed script', () => {
  const page = readFileSync(`${web}console/index.html`, 'utf8');
  const scripts = new Set<string>();
  const begins = [...page.matchAll(/(?:src|href)="\.\.\/assets\/([^"]+\.js)"/g)].map(([, name]) => name!);
  const route = readdirSync(`${web}assets`).filter((name) => /^sign_in_page-.*\.js$/.test(name));
  expect(begins.length).toBeGreaterThan(0);
  expect(route).toHaveLength(1);
  for (const name of [...begins, ...route]) withImports(name, scripts);

  const sizes = [...scripts].map((name) => [name, gzipSync(readFileSync(`${web}assets/${name}`)).length] as const);
  const total = sizes.reduce((sum, [, size]) => sum + size, 0);
  // React alone is a quarter of the budget. A smaller size means that the imports were not followed.
  expect(total).toBeGreaterThan(50_000);
  expect(total).toBeLessThan(BUDGET_BYTES);
});
