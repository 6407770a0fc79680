import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BuildOptions, buildFile, type BuiltFile } from '../../src/credentials/password/breached/build_file.ts';
import type { ListPart } from '../../src/credentials/password/breached/published_list.ts';

/** Returns the hex digits under which a password is published. */
export const publishedDigest = (password: string) => createHash('sha1').update(password).digest('hex').toUpperCase();

/** Returns the lines of the published list with these passwords. */
export const publishedList = (passwords: readonly string[], count = 7) =>
  passwords
    .map((password) => `${publishedDigest(password)}:${count}\r\n`)
    .toSorted()
    .join('');

/** Returns parts of a list, each with its text in one chunk. */
export async function* partsOf(...texts: readonly (string | readonly [prefix: string, text: string])[]) {
  for (const [at, each] of texts.entries()) {
    const [prefix, text] = typeof each === 'string' ? ['', each] : each;
    yield { name: `part ${at + 1}`, prefix, chunks: chunksOf(Buffer.from(text)) } satisfies ListPart;
  }
}

async function* chunksOf(bytes: Buffer) {
  yield bytes;
}

/** A folder for files of breached passwords. */
export function breachedFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-breached-'));
  return {
    path: (name: string) => join(folder, name),
    /** Builds a file of these parts. */
    build: (name: string, parts: BuildOptions['parts'], options: Partial<BuildOptions> = {}): Promise<BuiltFile> =>
      buildFile({ parts, path: join(folder, name), entryBytes: 8, atLeast: 1, ...options }),
    remove: () => rmSync(folder, { recursive: true }),
  };
}
