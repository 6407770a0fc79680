import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, expect, it } from '@jest/globals';

const folders: string[] = [];

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

const STABLE = `test('is stable', () => {});`;
const BROKEN = `test('is broken', () => { throw new Error('broken'); });`;
const FLAKY = `const { existsSync, writeFileSync } = require('node:fs');
test('is flaky', () => {
  const ran = existsSync('ran');
  writeFileSync('ran', '');
  if (!ran) throw new Error('only the first time');
});`;

/** Runs `npm test` on its own test files, with the reporter of the suite. */
async function runTests(files: Readonly<Record<string, string>>): Promise<{ code: number; lines: readonly string[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-npm-test-'));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, `${name}.test.cjs`), text);
  const config = {
    rootDir: folder,
    testMatch: ['<rootDir>/*.test.cjs'],
    transform: {},
    reporters: [resolve('test/support/reporter.ts')],
  };
  await writeFile(join(folder, 'jest.config.json'), JSON.stringify(config));
  return new Promise((done) => {
    execFile(process.execPath, [resolve('scripts/test.ts'), '-w', '1'], { cwd: folder }, (error, stdout) => {
      const code = error ? Number(error.code) : 0;
      done({ code, lines: stdout.trimEnd().split('\n') });
    });
  });
}

it('passes if every test passes, without a second run', async () => {
  const { code, lines } = await runTests({ stable: STABLE });
  expect({ code, closing: lines.at(-1) }).toEqual({ code: 0, closing: '1 passed, 0 failed, 0 skipped' });
  expect(lines.join('\n')).not.toContain('once more');
});

it('prints FLAKY for a test that passes in the second run, and passes', async () => {
  const { code, lines } = await runTests({ stable: STABLE, flaky: FLAKY });
  expect(lines).toContain('FLAKY: flaky.test.cjs: is flaky');
  expect({ code, closing: lines.at(-1) }).toEqual({ code: 0, closing: '2 passed, 0 failed, 0 skipped' });
});

it('counts no failure of a file whose clean-up failed too, if the second run passes', async () => {
  const cleanUp = `const { existsSync } = require('node:fs');
const first = !existsSync('ran');
afterAll(() => { if (first) throw new Error('only the first time'); });
${FLAKY.slice(FLAKY.indexOf('test('))}`.replace('existsSync }', 'existsSync, writeFileSync }');
  const { code, lines } = await runTests({ stable: STABLE, flaky: cleanUp });
  expect({ code, closing: lines.at(-1) }).toEqual({ code: 0, closing: '2 passed, 0 failed, 0 skipped' });
});

it('fails for a test that fails again, and still names the flaky ones', async () => {
  const { code, lines } = await runTests({ broken: BROKEN, flaky: FLAKY });
  expect(lines).toContain('FLAKY: flaky.test.cjs: is flaky');
  expect({ code, closing: lines.at(-1) }).toEqual({ code: 1, closing: '1 passed, 1 failed, 0 skipped' });
});

it('fails for a file that cannot be loaded', async () => {
  const { code } = await runTests({ stable: STABLE, unreadable: 'this is no program' });
  expect(code).toBe(1);
});

it('fails if the run ends early without a list of failures', async () => {
  const { code } = await runTests({});
  expect(code).toBe(1);
});
