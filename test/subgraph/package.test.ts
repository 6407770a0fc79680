import { execFile } from 'node:child_process';
import { mkdtempSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { holdBuild } from '../support/process.ts';

const run = promisify(execFile);
const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const pack = async (...more: string[]) => {
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', ...more]);
  return JSON.parse(stdout)[0] as { filename: string; files: { path: string }[] };
};
/** The value of every condition of every door. */
const targets = (exports: unknown): string[] =>
  typeof exports === 'string' ? [join(exports)] : Object.values(exports as object).flatMap(targets);

let folder: string;
beforeAll(async () => {
  await holdBuild();
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-package-'));
}, 180_000);
afterAll(() => rmSync(folder, { recursive: true }));

describe('the package', () => {
  it('is built before it is packed: a clone has no build', () => {
    expect(manifest.scripts.prepack).toBe(manifest.scripts.build);
  });

  it('has every file that its doors name, and what those import, types too, and not the server', async () => {
    const { files } = await pack('--dry-run');
    const packed = files.map(({ path }) => path);
    const reached = new Set(targets(manifest.exports));
    for (const file of reached) {
      if (!packed.includes(file)) continue;
      for (const [, to = ''] of readFileSync(file, 'utf8').matchAll(/\b(?:from|import)\b[ (]*['"](\.[^'"]+)['"]/g)) {
        // TypeScript takes `./a.ts` in a declaration for `a.d.ts`.
        reached.add(join(file, '..', to.replace(/(?<!\.d)\.ts$/, '.d.ts')));
      }
    }
    expect(reached.size).toBeGreaterThan(15);
    expect([...reached].filter((file) => !packed.includes(file))).toEqual([]);
    expect(packed.filter((file) => /\.ts$/.test(file) && !/\.d\.ts$/.test(file))).toEqual([]);
    expect(packed).not.toContain('dist/main.js');
    expect(packed).toEqual(expect.arrayContaining(['README.md', 'LICENSE', 'CHANGELOG.md', 'docs/subgraphs.md']));
  });

  it('opens its doors to whoever installs the tarball', async () => {
    const { filename } = await pack('--pack-destination', folder);
    const home = join(folder, 'node_modules', manifest.name);
    mkdirSync(home, { recursive: true });
    await run('tar', ['-xzf', join(folder, filename), '-C', home, '--strip-components=1']);
    symlinkSync(join(process.cwd(), 'node_modules'), join(home, 'node_modules'));
    const doors = Object.keys(manifest.exports).map((door) => door.replace(/^\./, manifest.name));
    const code = doors
      .filter((door) => !door.endsWith('.json'))
      .map((door) => `console.log('${door}', Object.keys(await import('${door}')).join());`)
      .join('\n');
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', code], { cwd: folder });
    expect(stdout.trim().split('\n')).toEqual([
      'gatehouse/subgraph IdentityError,createVerifier,hasScopes,verifyIdentity',
      'gatehouse/subgraph/apollo identityContext,keepBody,serveApollo',
      'gatehouse/subgraph/yoga useIdentity',
    ]);
  });
});
