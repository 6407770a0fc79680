import { createReadStream, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { ENTRY_BYTES, FEWEST_ENTRY_BYTES, MOST_ENTRY_BYTES } from '../credentials/password/breached/file_header.ts';
import type { ListPart } from '../credentials/password/breached/published_list.ts';
import { note, printJson, say, type OutputOptions } from './output.ts';
import { wholeNumber } from './whole_number.ts';

interface BuildingOptions extends OutputOptions {
  readonly out: string;
  readonly bytes: number;
  readonly atLeast: number;
}

/** The ranges of the published list, one for every five hex digits. */
const RANGES = 16 ** 5;
const RANGE_FILE = /^([\da-f]{5})(\.txt)?$/i;

/** `passwords breached …`: the file of `BREACHED_PASSWORDS`. The commands need neither a server nor its stores. */
export function addPasswords(program: Command): void {
  const breached = program
    .command('passwords')
    .description('Passwords')
    .command('breached')
    .description('The file of passwords known from breaches');

  breached
    .command('build')
    .argument('<list>', 'the published list, ordered by hash, or a folder of range files; - is standard input')
    .description('builds the file of BREACHED_PASSWORDS from the published list of SHA1:COUNT lines')
    .requiredOption('--out <file>', 'the file to write')
    .option('--at-least <times>', 'leaves out passwords that were seen less often', wholeNumber(1, 1_000_000_000), 1)
    .option(
      '--bytes <number>',
      'the bytes of each SHA-1 digest to keep',
      wholeNumber(FEWEST_ENTRY_BYTES, MOST_ENTRY_BYTES),
      ENTRY_BYTES,
    )
    .option('--json', 'prints one JSON object')
    .action(async (list: string, { out, bytes, atLeast, json }: BuildingOptions) => {
      const { buildFile } = await import('../credentials/password/breached/build_file.ts');
      const isFolder = list !== '-' && statSync(list).isDirectory();
      const parts = isFolder ? rangesOf(list) : wholeList(list);
      const built = await buildFile({ parts, path: out, entryBytes: bytes, atLeast });
      if (isFolder && built.parts < RANGES) {
        note(`The folder has ${built.parts} of ${RANGES} ranges. Passwords of the others are not in the file.`);
      }
      if (json) printJson({ lines: built.lines, entries: built.entries });
      else say(`Wrote ${built.entries} of ${built.lines} passwords. Set BREACHED_PASSWORDS to the file.`);
    });

  breached
    .command('verify')
    .argument('<file>')
    .description('reads a file of BREACHED_PASSWORDS as a whole and compares its checksum')
    .option('--json', 'prints one JSON object')
    .action(async (path: string, { json }: OutputOptions) => {
      const { openBreachedFile } = await import('../credentials/password/breached/breached_file.ts');
      const file = await openBreachedFile(path).catch(named);
      try {
        await file.verify().catch(named);
      } finally {
        await file.close();
      }
      if (json) printJson({ entries: file.entries });
      else say(`The file is complete: ${file.entries} passwords.`);
    });
}

function named(error: Error): never {
  throw new Error(`The file ${error.message}`, { cause: error });
}

/** Returns the one part of a list in a file or in standard input. */
async function* wholeList(list: string): AsyncGenerator<ListPart> {
  const isInput = list === '-';
  yield {
    name: isInput ? 'standard input' : list,
    prefix: '',
    chunks: isInput ? process.stdin : createReadStream(list, { highWaterMark: 1 << 20 }),
  };
}

/** Returns the range files of a folder in the order of their digests. Other files are left out. */
async function* rangesOf(folder: string): AsyncGenerator<ListPart> {
  const files = readdirSync(folder)
    .flatMap((file) => {
      const prefix = RANGE_FILE.exec(file)?.[1]?.toUpperCase();
      return prefix === undefined ? [] : [{ file, prefix }];
    })
    .toSorted((one, other) => (one.prefix < other.prefix ? -1 : 1));
  for (const { file, prefix } of files) yield { name: file, prefix, chunks: createReadStream(join(folder, file)) };
}
