import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../../config/config.ts';
import { secretVariables } from '../../config/variables.ts';
import type { Diagnosed } from './configuration.ts';
import type { Finding, Look } from './finding.ts';

const MIB = 1024 * 1024;
/** PostgreSQL stops at a full disk, which an embedded database may not survive. */
const [TIGHT_MIB, FULL_MIB] = [500, 50];
const [OTHERS, ANYBODY] = [0o077, 0o007];

/** Checks the permissions of files with secrets, and the free space of `DATA_DIR`. */
export function lookAtFiles({ store }: Pick<Config, 'store'>, environment: Diagnosed['environment']): Look[] {
  const embedded = store.databaseUrl === undefined && store.dataDir !== 'memory';
  return [
    { check: 'secrets', needs: [], run: async () => ofSecrets(environment) },
    ...(embedded ? [{ check: 'DATA_DIR', needs: ['DATABASE_URL'], run: async () => ofDataDir(store.dataDir) }] : []),
  ];
}

function ofSecrets(environment: Diagnosed['environment']): Finding[] {
  const files: (readonly [name: string, path: string])[] = secretVariables.flatMap((name) => {
    const path = environment[`${name}_FILE`];
    return path ? [[`${name}_FILE`, path] as const] : [];
  });
  if (existsSync('.env')) files.push(['.env', '.env']);
  const open = files.filter(([, path]) => existsSync(path) && isOpen(path, ANYBODY));
  if (open.length === 0)
    return [{ check: 'secrets', state: 'ok', says: 'no file with secrets is readable by every user' }];
  // Findings name the variable, not the path: if NAME and NAME_FILE were mixed up, the path is the secret.
  return open.map(([name]) => ({
    check: 'secrets',
    state: 'warn',
    says: `${name}: every user of this machine can read the file`,
    todo: 'Run chmod 600, and make the user of the server its owner.',
  }));
}

function ofDataDir(path: string): Finding[] {
  const check = 'DATA_DIR';
  if (!existsSync(path))
    return [{ check, state: 'note', says: `${path} does not exist yet: the first start creates it` }];
  const findings: Finding[] = [];
  try {
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    findings.push({
      check,
      state: 'fail',
      says: `this user cannot write to ${path}`,
      todo: 'Run doctor as the user of the server, or make that user the owner of the folder.',
    });
  }
  for (const place of [path, join(path, 'secret')]) {
    if (!existsSync(place) || !isOpen(place, OTHERS)) continue;
    const todo = `Run chmod ${place === path ? '700' : '600'} ${place}`;
    findings.push({ check, state: 'warn', says: `other users of this machine can access ${place}`, todo });
  }
  const { bavail, bsize } = statfsSync(path);
  const free = Math.floor((bavail * bsize) / MIB);
  const says = `${path} has ${free} MiB free`;
  findings.push(
    free > TIGHT_MIB
      ? { check, state: 'ok', says }
      : {
          check,
          state: free > FULL_MIB ? 'warn' : 'fail',
          says,
          todo: 'Free some space, or move it to a larger disk.',
        },
  );
  return findings;
}

function isOpen(path: string, to: number): boolean {
  return process.platform !== 'win32' && (statSync(path).mode & to) !== 0;
}
