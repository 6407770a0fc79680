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

/**
 * The folder of an embedded server: its database, its generated secret, and the lock of the one process that uses it.
 */
export interface DataDir {
  /** Returns the secret of this folder: 256 random bits, generated at the first start, readable only by its owner. */
  secret(): string;
  release(): void;
}

/** Thrown if another process uses the folder. */
export class DataDirInUseError extends Error {
  override readonly name = 'DataDirInUseError';

  constructor(path: string) {
    super(`DATA_DIR: ${path} is in use by another Gatehouse process. Stop that one, or set another DATA_DIR.`);
  }
}

/**
 * Locks the folder for this process, and creates it if it is missing. PGlite supports one process. A second one would
 * not fail but lose rows.
 * @param path a folder, or `memory` for none
 * @throws DataDirInUseError if another process uses it; an Error for an operator if it cannot be written
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

/** Returns whether a folder contains an embedded database. */
export function holdsDatabase(path: string): boolean {
  return path !== 'memory' && existsSync(join(path, 'pglite'));
}

function readSecret(file: string): string {
  if (!existsSync(file)) {
    // Written atomically: half a secret would change with the next start.
    writeFileSync(`${file}.new`, newSecret(), { mode: 0o600, flush: true });
    renameSync(`${file}.new`, file);
  }
  chmodSync(file, 0o600);
  const secret = readFileSync(file, 'utf8').trim();
  // Threat: keys derived from an empty file would be the same everywhere, and public.
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
