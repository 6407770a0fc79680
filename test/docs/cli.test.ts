import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, it } from '@jest/globals';
import { expectPrinted, stepsOf } from '../support/printed.ts';
import { CLI, holdBuild, prepareDataDir } from '../support/process.ts';

beforeAll(holdBuild, 180_000);

it('what docs/cli.md shows prints what it says', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-cli-docs-'));
  try {
    prepareDataDir(join(folder, 'data'));
    const steps = stepsOf(readFileSync('docs/cli.md', 'utf8'));
    expect(steps.length).toBeGreaterThan(15);
    // The file that the page shows is the one that it imports.
    writeFileSync(join(folder, 'people.csv'), steps.find(({ command }) => command === 'cat people.csv')!.output);
    await expectPrinted(steps, {
      cwd: folder,
      env: {
        PATH: process.env['PATH'],
        NODE_ENV: 'test',
        DATA_DIR: 'data',
        ARGON2_MEMORY_KIB: '64',
        ARGON2_TIME_COST: '1',
        ARGON2_PARALLELISM: '1',
      },
      prelude: `exec 2>&1; gatehouse() { '${process.execPath}' '${CLI}' "$@"; }`,
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 180_000);
