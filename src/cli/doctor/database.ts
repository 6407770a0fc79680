import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../../config/config.ts';
import { ENTITIES } from '../../composition/storage.ts';
import { DataDirInUseError, holdsDatabase, openDataDir } from '../../store/database/data_dir.ts';
import { type Database, openDatabase } from '../../store/database/database.ts';
import { inspectDatabase } from '../../store/database/inspect_database.ts';
import { lookAtAddresses } from './addresses.ts';
import { adviceFor } from './advice.ts';
import { compareClocks, type Finding, type Look } from './finding.ts';
import { lookAtKeys } from './keys.ts';

/** Checks the database without changing it, and creates no folder. */
export function lookAtDatabase(config: Config, unusable: ReadonlySet<string>): Look {
  const { databaseUrl } = config.store;
  return {
    check: 'database',
    needs: ['DATABASE_URL', ...(databaseUrl === undefined ? ['DATA_DIR'] : [])],
    otherwise: (error) =>
      databaseUrl === undefined
        ? 'Check DATA_DIR: the server does not start without it.'
        : adviceFor('PostgreSQL', 'DATABASE_URL', error),
    run: () => {
      const secrets = secretsOf(config, unusable);
      return databaseUrl === undefined ? lookEmbedded(config, secrets) : look(config, databaseUrl, secrets);
    },
  };
}

async function lookEmbedded(config: Config, secrets: Secrets): Promise<readonly Finding[]> {
  const check = 'database';
  const { dataDir } = config.store;
  if (dataDir === 'memory') {
    return [{ check, state: 'note', says: 'DATA_DIR is memory: a restart loses all data' }];
  }
  if (!holdsDatabase(dataDir)) {
    return [{ check, state: 'note', says: `${dataDir} has no database yet: the first start creates it` }];
  }
  let folder;
  try {
    folder = openDataDir(dataDir);
  } catch (error) {
    if (!(error instanceof DataDirInUseError)) throw error;
    const says = `${dataDir} is in use by another Gatehouse process: the database and the keys were not checked`;
    return [{ check, state: 'note', says, todo: 'To check them, stop that process and run doctor again.' }];
  }
  try {
    const made = existsSync(join(dataDir, 'secret')) && config.secret.key === undefined ? [folder.secret()] : [];
    return await look(config, undefined, secrets && [...made, ...secrets]);
  } finally {
    folder.release();
  }
}

async function look(config: Config, url: string | undefined, secrets: Secrets): Promise<Finding[]> {
  const { dataDir } = config.store;
  const database = await openDatabase({ url, dataDir, entities: ENTITIES, patience: 0, migrate: false });
  try {
    return await checkDatabaseState(config, database, secrets);
  } finally {
    await database.close();
  }
}

async function checkDatabaseState(config: Config, database: Database, secrets: Secrets): Promise<Finding[]> {
  const check = 'database';
  const before = Date.now();
  const { version, time, readOnly, pending, unknown } = await inspectDatabase(database);
  const after = Date.now();
  const kind = database.kind === 'pglite' ? `embedded PostgreSQL in ${config.store.dataDir}` : 'PostgreSQL';
  const findings: Finding[] = [{ check, state: 'ok', says: `${kind}, version ${version}` }];
  if (database.kind === 'postgresql') findings.push(compareClocks(check, time, [before, after]));
  if (readOnly) {
    findings.push({
      check,
      state: 'fail',
      says: 'it is read-only: it refuses every change, and the server is not ready',
      todo: 'Set DATABASE_URL to the primary; on the primary itself, check default_transaction_read_only.',
    });
  }
  // The previous release works with the newer tables: docs/runbook.md, "Upgrade without downtime".
  if (unknown.length > 0) {
    findings.push({
      check: 'migrations',
      state: 'warn',
      says: `a newer Gatehouse has applied ${unknown.join(', ')}`,
      todo: 'This is safe after a rollback to the previous release; otherwise run the newer release here too.',
    });
  }
  if (pending.length > 0) {
    const says = `${pending.length} pending: ${pending.join(', ')}`;
    return [
      ...findings,
      { check: 'migrations', state: 'warn', says, todo: 'Run "migrate", or start the server, which applies them too.' },
    ];
  }
  findings.push({ check: 'migrations', state: 'ok', says: 'all migrations are applied' });
  findings.push(...(await lookAtAddresses(database)));
  if (secrets === null) {
    return [...findings, { check: 'keys', state: 'note', says: 'not checked: a secret is invalid' }];
  }
  return [...findings, ...(await lookAtKeys(config, database, secrets))];
}

/** JWT_SECRET_KEY, then the previous one; null if one of them is set but invalid. */
type Secrets = readonly string[] | null;

function secretsOf({ secret: { key, previous } }: Config, unusable: ReadonlySet<string>): Secrets {
  if ([...unusable].some((name) => name.startsWith('JWT_SECRET_KEY'))) return null;
  return [key, previous].filter((secret) => secret !== undefined);
}
