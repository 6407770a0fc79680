import { DatabaseSync } from 'node:sqlite';

/** Two who come at the same instant stand in each other's way for a moment, and without patience neither would get it. */
const PATIENCE_MS = 500;
/** SQLite's result code for a file that others have locked. */
const SQLITE_BUSY = 5;

export interface FileLock {
  release(): void;
}

/**
 * Locks a file for this process, or answers undefined where others hold it in a way that excludes this one. The lock is
 * the operating system's, through SQLite: it ends with the process, however that ends, and so is never stale.
 * Throws where the file cannot be made.
 */
export function lockFile(path: string, kind: 'shared' | 'exclusive'): FileLock | undefined {
  const file = new DatabaseSync(path, { timeout: PATIENCE_MS });
  try {
    file.exec('pragma journal_mode = delete');
    file.exec(kind === 'exclusive' ? 'begin exclusive' : 'begin');
    // A shared lock is taken by the first read.
    if (kind === 'shared') file.prepare('select count(*) from sqlite_master').get();
    return { release: () => file.close() };
  } catch (error) {
    file.close();
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return undefined;
    throw error;
  }
}
