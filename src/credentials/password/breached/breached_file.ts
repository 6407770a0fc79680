import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { DAMAGED, HEADER_BYTES, readHeader } from './file_header.ts';

/** An open file of breached passwords. It is read in place and needs no memory, whatever its size. */
export interface BreachedFile {
  readonly entries: number;
  /**
   * Returns whether the file has a SHA-1 digest.
   * @throws Error if the file cannot be read
   */
  has(sha1: Buffer): Promise<boolean>;
  /** Reads the whole file. @throws Error if it differs from what was built */
  verify(): Promise<void>;
  close(): Promise<void>;
}

/** A read of the operating system's page costs the same as a read of one entry. */
const BLOCK_BYTES = 4096;
const VERIFY_BYTES = 1 << 20;

/**
 * Opens a file of `passwords breached build`.
 * @throws Error for an operator, without the path, if it cannot be used
 */
export async function openBreachedFile(path: string): Promise<BreachedFile> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    throw new Error(`cannot be read (${error.code})`);
  });
  try {
    return await read(file);
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function read(file: FileHandle): Promise<BreachedFile> {
  const state = await file.stat();
  if (!state.isFile()) throw new Error('is not a file');
  const head = Buffer.alloc(HEADER_BYTES);
  const { bytesRead } = await file.read(head, 0, HEADER_BYTES, 0);
  const { entries, entryBytes, digest } = readHeader(head.subarray(0, bytesRead), state.size);

  /** Reads entries by their places. @throws Error if the file became shorter since it was opened */
  async function entriesAt(from: number, to: number): Promise<Buffer> {
    const bytes = Buffer.alloc((to - from) * entryBytes);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, HEADER_BYTES + from * entryBytes);
    if (bytesRead !== bytes.length) throw new Error(DAMAGED);
    return bytes;
  }

  return {
    entries,

    async has(sha1) {
      const wanted = sha1.subarray(0, entryBytes);
      let [low, high] = [0, entries];
      while ((high - low) * entryBytes > BLOCK_BYTES) {
        const middle = Math.floor((low + high) / 2);
        const order = wanted.compare(await entriesAt(middle, middle + 1));
        if (order === 0) return true;
        if (order < 0) high = middle;
        else low = middle + 1;
      }
      const block = await entriesAt(low, high);
      for (let at = 0; at < block.length; at += entryBytes) {
        if (wanted.equals(block.subarray(at, at + entryBytes))) return true;
      }
      return false;
    },

    async verify() {
      const hash = createHash('sha256');
      const step = Math.floor(VERIFY_BYTES / entryBytes);
      for (let from = 0; from < entries; from += step) {
        hash.update(await entriesAt(from, Math.min(from + step, entries)));
      }
      if (!hash.digest().equals(digest)) throw new Error(DAMAGED);
    },

    close: () => file.close(),
  };
}
