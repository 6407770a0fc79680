import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { random } from '../../kernel/secret.ts';
import { type FileLock, lockFile } from './file_lock.ts';

const SECRET_BYTES = 32;

/** The folder of an embedded server: its database, its generated secret, and the lock of the one process that has it. */
export interface DataDir {
  /** The secret of this folder, made on the first run: 256 random bits, readable by its owner alone. */
  secret(): string;
  release(): void;
}

/** Another process has the folder. */
export class DataDirInUseError extends Error {
  override readonly name = 'DataDirInUseError';

  constructor(path: string) {
    super(`DATA_DIR: ${path} is in use by another Gatehouse process. Stop that one, or set another DATA_DIR.`);
  }
}

/**
 * Takes the folder for this process, making it where there is none. PGlite takes one process: a second one would
 * not fail but lose rows, so it is refused here.
 * @param path a folder, or `memory` for one that is nowhere
 * @throws DataDirInUseError where another process has it, and a plain Error where it cannot be written: both fit for an operator
 */
export function openDataDir(path: string): DataDir {
  if (path === 'memory') return { secret: newSecret, release: () => undefined };
  let lock: FileLock | undefined;
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    lock = lockFile(join(path, 'lock'), 'exclusive');
  } catch (error) {
    throw new Error(`DATA_DIR: ${path} cannot be used (${(error as NodeJS.ErrnoException).code ?? 'no lock'})`, {
      cause: error,
    });
  }
  if (!lock) {
    throw new DataDirInUseError(path);
  }
  return { secret: () => readSecret(join(path, 'secret')), release: lock.release };
}

/** Whether a folder has an embedded database in it. */
export function holdsDatabase(path: string): boolean {
  return path !== 'memory' && existsSync(join(path, 'pglite'));
}

function readSecret(file: string): string {
  if (!existsSync(file)) {
    // Written whole or not at all: half a secret would be another one after the next start.
    writeFileSync(`${file}.new`, newSecret(), { mode: 0o600, flush: true });
    renameSync(`${file}.new`, file);
  }
  chmodSync(file, 0o600);
  const secret = readFileSync(file, 'utf8').trim();
  // Keys derived from an emptied file would be the same everywhere, and known to everybody.
  if (Buffer.byteLength(secret) < SECRET_BYTES) {
    throw new Error(
      `DATA_DIR: ${file} is damaged. Restore it, or remove it to generate a new one, which ends every token.`,
    );
  }
  return secret;
}

function newSecret(): string {
  return random(SECRET_BYTES).toString('hex');
}
