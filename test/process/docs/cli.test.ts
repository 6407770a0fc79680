import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, it } from '@jest/globals';
import { backend, postgresForTests } from '../../support/store_servers.ts';
import { blocksOf } from '../../support/markdown.ts';
import { expectPrinted, stepsOf } from '../../support/documented_commands.ts';
import { BARE_ENV, cli, GATEHOUSE_SHELL, holdBuild, prepareDataDir } from '../../support/server_process.ts';
import { SMALL_HASHES } from '../../support/small_hashes.ts';
import { SECRET } from '../../support/open_stores.ts';

beforeAll(holdBuild, 180_000);

it('the commands in docs/cli.md print the documented output', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-cli-docs-'));
  const postgres = backend('TEST_DATABASE_URL') === undefined ? undefined : await postgresForTests();
  const store = postgres ? { DATABASE_URL: postgres.url, JWT_SECRET_KEY: SECRET } : { DATA_DIR: 'data' };
  try {
    // The state after a start of the server.
    if (postgres) await cli(store, 'migrate');
    // In embedded mode, every command starts its own database, which takes as long as all else together.
    if (postgres === undefined) prepareDataDir(join(folder, 'data'));
    const steps = stepsOf(blocksOf('docs/cli.md'));
    expect(steps.length).toBeGreaterThan(15);
    // The page shows the file that it imports.
    writeFileSync(join(folder, 'people.csv'), steps.find(({ command }) => command === 'cat people.csv')!.output);
    await expectPrinted(steps, {
      cwd: folder,
      env: {
        PATH: process.env['PATH'],
        ...BARE_ENV,
        ...store,
        ...SMALL_HASHES,
      },
      prelude: `exec 2>&1; ${GATEHOUSE_SHELL}`,
    });
  } finally {
    await postgres?.release();
    rmSync(folder, { recursive: true });
  }
}, 300_000);
