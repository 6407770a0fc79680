import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type DataDir, openDataDir } from '../../../src/store/database/data_dir.ts';

let folder: string;
const opened: DataDir[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-data-'));
});
afterEach(() => {
  for (const dataDir of opened.splice(0)) dataDir.release();
  rmSync(folder, { recursive: true });
});

function open(path = folder): DataDir {
  const dataDir = openDataDir(path);
  opened.push(dataDir);
  return dataDir;
}

const reopen = () => {
  for (const dataDir of opened.splice(0)) dataDir.release();
  return open();
};
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

describe('a data directory', () => {
  it('is made where there is none, for its owner alone', () => {
    const path = join(folder, 'made', 'below');
    open(path).secret();
    expect([path, join(path, 'secret')].map(modeOf)).toEqual(['700', '600']);
  });

  it('has one secret, for good', () => {
    const secret = open().secret();
    expect(secret).toMatch(/^[\da-f]{64}$/);
    expect(reopen().secret()).toBe(secret);
    expect(readFileSync(join(folder, 'secret'), 'utf8')).toBe(secret);
  });

  it('closes a secret that was opened to others', () => {
    open().secret();
    chmodSync(join(folder, 'secret'), 0o644);
    reopen().secret();
    expect(modeOf(join(folder, 'secret'))).toBe('600');
  });

  it('takes no half secret from a start that was cut off', () => {
    writeFileSync(join(folder, 'secret.new'), 'abc');
    expect(open().secret()).toHaveLength(64);
  });

  it.each(['', '\n', 'short'])('refuses a damaged secret: %j', (damaged) => {
    writeFileSync(join(folder, 'secret'), damaged);
    const dataDir = open();
    expect(() => dataDir.secret()).toThrow(/^DATA_DIR: .*secret is damaged/);
  });

  it('is for one at a time', () => {
    open();
    expect(() => open()).toThrow(`DATA_DIR: ${folder} is in use by another Gatehouse process`);
    expect(reopen).not.toThrow();
  });

  it('in memory is everybody’s own, with a secret of its own', () => {
    expect(open('memory').secret()).not.toBe(open('memory').secret());
  });

  it.each([
    ['a file', 'file', 'EEXIST'],
    ['below a file', 'file/below', 'ENOTDIR'],
  ])('says so where the path is %s', (_, path, code) => {
    writeFileSync(join(folder, 'file'), '');
    const full = join(folder, path);
    expect(() => open(full)).toThrow(`DATA_DIR: ${full} cannot be used (${code})`);
  });

  it('says so where it cannot be written', () => {
    chmodSync(folder, 0o555);
    const source = fileURLToPath(new URL('../../../src/store/database/data_dir.ts', import.meta.url));
    // Root can write everywhere, and other users may not be allowed to read the checkout, so the user changes after the
    // import.
    const script = `
      import { openDataDir } from ${JSON.stringify(source)};
      if (process.getuid() === 0) process.setuid(65534);
      openDataDir(process.argv[1]);`;
    const { stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', script, folder]);
    chmodSync(folder, 0o755);
    expect(`${stderr}`).toContain(`DATA_DIR: ${folder} cannot be used (EACCES)`);
    expect(status).toBe(1);
  });
});
