import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Builds what is stale, and makes the run's own folder: the log of all instances, the secrets they saw, a migrated PGlite
 * to start from, and what its processes have compiled.
 */
export default async function setup(): Promise<void> {
  execFileSync(process.execPath, ['scripts/build.ts'], { stdio: 'inherit' });
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-test-'));
  process.env['GATEHOUSE_TEST_FOLDER'] = folder;
  process.env['GATEHOUSE_TEST_LOG'] = join(folder, 'log');
  process.env['GATEHOUSE_TEST_SECRETS'] = join(folder, 'secrets');
  process.env['GATEHOUSE_TEST_TEMPLATE'] = join(folder, 'template.tar');
  process.env['NODE_COMPILE_CACHE'] = join(folder, 'compiled');
  for (const file of ['log', 'secrets']) writeFileSync(join(folder, file), '');

  const { PGlite } = await import('@electric-sql/pglite');
  const { openDatabase } = await import('../../src/store/database/database.ts');
  const { UserEntity } = await import('../../src/users/user.entity.ts');
  const pglite = await PGlite.create();
  const database = await openDatabase({
    url: undefined,
    dataDir: 'memory',
    entities: [UserEntity],
    pglite: async () => pglite,
  });
  const dump = await pglite.dumpDataDir('none');
  writeFileSync(process.env['GATEHOUSE_TEST_TEMPLATE'], Buffer.from(await dump.arrayBuffer()));
  await database.close();
  await pglite.close();
}
