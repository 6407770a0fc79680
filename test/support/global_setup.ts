import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/**
 * Rebuilds a stale build and creates the folder of the run: the log of all instances, the secrets in use, a migrated
 * PGlite as template, and the compile cache of its processes.
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

  copyFileSync(await cachedTemplate(), process.env['GATEHOUSE_TEST_TEMPLATE']);
}

/** Caches the template until the migrations change, because making it takes as long as several test files. */
async function cachedTemplate(): Promise<string> {
  const hash = createHash('sha256');
  for (const file of ['package-lock.json', ...globSync(['src/store/database/**/*.ts', 'src/**/*.entity.ts']).sort()])
    hash.update(readFileSync(file));
  const path = join('node_modules/.cache/gatehouse', `template-${hash.digest('hex').slice(0, 16)}.tar`);
  if (existsSync(path)) return path;
  mkdirSync(dirname(path), { recursive: true });
  // Another run may create it at the same time.
  writeFileSync(`${path}.${process.pid}`, await makeTemplate());
  renameSync(`${path}.${process.pid}`, path);
  return path;
}

async function makeTemplate(): Promise<Buffer> {
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
  await database.close();
  await pglite.close();
  return Buffer.from(await dump.arrayBuffer());
}
