import { DatabaseSync } from 'node:sqlite';

/**
 * Milliseconds to wait for the lock. Two processes at the same instant block each other briefly; without waiting, both
 * would fail.
 */
const PATIENCE_MS = 500;
/** SQLite's result code for a file that is locked. */
const SQLITE_BUSY = 5;

export interface FileLock {
  release(): void;
}

/**
 * Locks a file for this process; returns undefined if another process holds an excluding lock. SQLite takes a lock of
 * the operating system, which ends with the process and so is never stale.
 * @throws Error if the file cannot be created
 */
export function lockFile(path: string, kind: 'shared' | 'exclusive'): FileLock | undefined {
  const file = new DatabaseSync(path, { timeout: PATIENCE_MS });
  try {
    file.exec('pragma journal_mode = delete');
    file.exec(kind === 'exclusive' ? 'begin exclusive' : 'begin');
    // The first read takes the shared lock.
    if (kind === 'shared') file.prepare('select count(*) from sqlite_master').get();
    return { release: () => file.close() };
  } catch (error) {
    file.close();
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return undefined;
    throw error;
  }
}
