import { createHash } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { HEADER_BYTES, writeHeader } from './file_header.ts';
import { createListReader, type ListEntry, type ListPart } from './published_list.ts';

export interface BuildOptions {
  /** In ascending order of their digests. */
  readonly parts: AsyncIterable<ListPart>;
  /** The file to write. An existing one is replaced at the end, so that a failed build leaves it as it is. */
  readonly path: string;
  readonly entryBytes: number;
  /** Leaves out passwords that were seen less often. */
  readonly atLeast: number;
}

export interface BuiltFile {
  /** The lines of the list. */
  readonly lines: number;
  readonly entries: number;
  /** The sources that were read. */
  readonly parts: number;
}

const BLOCK_BYTES = 1 << 20;

/**
 * Builds a file of breached passwords from the published list.
 * @throws Error for an operator if the list is empty, malformed or not sorted; no file is left then
 */
export async function buildFile({ path, ...options }: BuildOptions): Promise<BuiltFile> {
  const unfinished = `${path}.partial`;
  const file = await open(unfinished, 'w');
  try {
    const built = await write(file, options);
    await file.sync();
    await file.close();
    await rename(unfinished, path);
    return built;
  } catch (error) {
    await file.close();
    await rm(unfinished, { force: true });
    throw error;
  }
}

async function write(file: FileHandle, { parts, entryBytes, atLeast }: Omit<BuildOptions, 'path'>): Promise<BuiltFile> {
  const hash = createHash('sha256');
  const block = Buffer.alloc(Math.floor(BLOCK_BYTES / entryBytes) * entryBytes);
  const [last, lastWritten] = [Buffer.alloc(20), Buffer.alloc(entryBytes)];
  const count = { lines: 0, entries: 0, parts: 0 };
  let [position, filled] = [HEADER_BYTES, 0];

  async function flush(): Promise<void> {
    const bytes = block.subarray(0, filled);
    hash.update(bytes);
    await file.writev([bytes], position);
    position += filled;
    filled = 0;
  }

  async function add(name: string, entries: Iterable<ListEntry>): Promise<void> {
    for (const { sha1, count: seen } of entries) {
      // The search halves the file at each step: one digest out of place would hide others.
      if (count.lines > 0 && sha1.compare(last) < 0) {
        throw new Error(`${name}: is not sorted by digest. Take the list that is "ordered by hash"`);
      }
      count.lines += 1;
      sha1.copy(last);
      if (seen < atLeast) continue;
      const entry = sha1.subarray(0, entryBytes);
      if (count.entries > 0 && entry.equals(lastWritten)) continue;
      entry.copy(lastWritten);
      entry.copy(block, filled);
      count.entries += 1;
      filled += entryBytes;
      if (filled === block.length) await flush();
    }
  }

  for await (const part of parts) {
    count.parts += 1;
    const reader = createListReader(part);
    for await (const chunk of part.chunks) await add(part.name, reader.read(chunk));
    await add(part.name, reader.end());
  }
  if (count.entries === 0) throw new Error('the list has no password: nothing was written');
  await flush();
  await file.writev([writeHeader({ entryBytes, entries: count.entries, digest: hash.digest() })], 0);
  return count;
}
