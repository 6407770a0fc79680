import { createReadStream, statSync } from 'node:fs';
import { extname } from 'node:path';
import { type Command, Option } from 'commander';
import { Interrupted, UsageError } from '../ending.ts';
import type { Format, ImportRow } from '../import/rows.ts';
import { type Mapping, readDropped, readMapping } from '../import/exclusions.ts';
import { runAsOperator } from '../run_as_operator.ts';
import { messageOf } from '../../kernel/field_faults.ts';
import { note, printJson, say, type OutputOptions } from '../output.ts';

interface ImportOptions extends OutputOptions {
  readonly format?: Format;
  readonly allowAdmins?: true;
  readonly map?: readonly Mapping[];
  readonly drop?: readonly string[];
}

/** The result of an import. */
interface Tally {
  imported: number;
  /** The imported accounts by role. */
  readonly roles: Record<string, number>;
  /** The imported accounts whose hash takes longer than the current parameters. */
  dearer: number;
  /** The accounts that an earlier import had added. */
  present: number;
  bad: number;
  /** The bad lines whose hash has an unknown scheme, by scheme. */
  readonly unknownSchemes: Record<string, number>;
  /** The faults of the first bad lines. */
  readonly faults: { readonly line: number; readonly fault: string }[];
}

/** The number of accounts per transaction. */
const BATCH = 1_000;
/** The JSON output is kept in memory, so it is bounded; standard error has every fault. */
const FAULTS_KEPT = 1_000;

/** `users import`: imports accounts of another system with their password hashes. */
export function addImport(users: Command): void {
  users
    .command('import')
    .argument('<file>', 'CSV with a header, or a JSON object per line; - is standard input')
    .description('imports accounts with the password hashes of another system; reports bad lines and imports the rest')
    .addOption(
      new Option('--format <format>', "the format, if the file's name does not show it").choices(['csv', 'jsonl']),
    )
    .option(
      '--allow-admins',
      'also imports rows with a role that has users:write, such as admin; they are bad lines otherwise',
    )
    .option(
      '--map <column=meaning>',
      'the meaning of a column: COLUMN=disabled, COLUMN=enabled or COLUMN=enabled:VALUE,VALUE; repeatable',
      readMapping,
    )
    .option('--drop <column>', 'ignores a column that may mark disabled accounts; repeatable', readDropped)
    .option('--json', 'prints one JSON object')
    .action((file: string, options: ImportOptions) => {
      const format = options.format ?? formatOf(file);
      return importFile({ file, format, size: file === '-' ? null : sizeOf(file) }, options);
    });
}

interface ImportSource {
  /** The path; `-` for standard input. */
  readonly file: string;
  readonly format: Format;
  /** The size in bytes; null if it is unknown. */
  readonly size: number | null;
}

async function importFile(
  { file, format, size }: ImportSource,
  { json, allowAdmins, map: mappings = [], drop: dropped = [] }: ImportOptions,
): Promise<void> {
  const [
    { readRecords },
    { readRows },
    { refuseRepeats },
    { createProgress },
    { createImportAccounts },
    { isDearer },
    { managesUsers },
  ] = await Promise.all([
    import('../import/records.ts'),
    import('../import/rows.ts'),
    import('../import/repeats.ts'),
    import('../import/progress.ts'),
    import('../../application/administration/import_accounts.ts'),
    import('../../credentials/password/stored_hash.ts'),
    import('../../application/foundation/scopes.ts'),
  ]);
  const tally: Tally = { imported: 0, roles: {}, dearer: 0, present: 0, bad: 0, unknownSchemes: {}, faults: [] };
  let interrupted = false;
  // Completes the current batch; a second Ctrl-C ends the process and loses only that batch.
  process.once('SIGINT', () => (interrupted = true));

  await runAsOperator(
    async ({ services, config, by }) => {
      const importAccounts = createImportAccounts(services, config.hashing);
      const progress = createProgress(size);
      const fail = (line: number, fault: string) => {
        tally.bad += 1;
        if (tally.faults.length < FAULTS_KEPT) tally.faults.push({ line, fault });
        progress.aside(() => note(`line ${line}: ${fault}`));
      };
      try {
        const source = file === '-' ? process.stdin : createReadStream(file);
        const rows = readRows(readRecords(source, format === 'csv'), {
          format,
          mappings,
          dropped,
          onIgnored: (name) =>
            progress.aside(() =>
              note(`${JSON.stringify(name.slice(0, 80))} is not a field of an account and is ignored`),
            ),
        });
        for await (const read of inBatches(refuseRepeats(rows))) {
          const batch = allowAdmins
            ? read
            : read.map((row) => withoutAdmin(row, (role) => managesUsers(config.roles, role)));
          const good = batch.filter((row) => 'account' in row);
          const outcomes = await importAccounts(
            good.map(({ account }) => account),
            by,
          );
          const faults = good.flatMap(({ line, account: { role, passwordHash } }, at) => {
            const outcome = outcomes[at]!;
            if (typeof outcome !== 'string') {
              const { fields, scheme } = outcome;
              if (scheme !== undefined) tally.unknownSchemes[scheme] = (tally.unknownSchemes[scheme] ?? 0) + 1;
              return { line, fault: messageOf(fields) };
            }
            tally[outcome] += 1;
            if (outcome === 'imported') {
              tally.roles[role] = (tally.roles[role] ?? 0) + 1;
              if (isDearer(passwordHash, config.hashing)) tally.dearer += 1;
            }
            return [];
          });
          for (const { line, fault } of [...batch.filter((row) => 'fault' in row), ...faults].sort(byLine)) {
            fail(line, fault);
          }
          progress.at(batch.at(-1)!.end, tally.imported + tally.present);
          if (interrupted)
            throw new Interrupted(`Interrupted. ${inWords(tally)} Run the same command again to continue.`);
        }
      } catch (error) {
        if (error instanceof Interrupted) throw error;
        const stopped =
          tally.imported + tally.present > 0
            ? `Stopped. ${inWords(tally)} Run the same command again to continue.`
            : '';
        if (stopped !== '') note(stopped);
        throw error;
      } finally {
        progress.stop();
      }
    },
    { makesDatabase: true },
  );

  if (json) printJson(tally);
  else say(inWords(tally));
  if (tally.bad > 0) process.exitCode = 1;
}

async function* inBatches(rows: AsyncIterable<ImportRow>): AsyncGenerator<ImportRow[]> {
  let batch: ImportRow[] = [];
  for await (const row of rows) {
    batch.push(row);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** Threat: a column `role` with another meaning in the other system would turn strangers into admins. */
function withoutAdmin(row: ImportRow, managesUsers: (role: string) => boolean): ImportRow {
  if (!('account' in row) || !managesUsers(row.account.role)) return row;
  return { line: row.line, end: row.end, fault: `role: ${row.account.role} is imported only with --allow-admins` };
}

function byLine(one: { readonly line: number }, other: { readonly line: number }): number {
  return one.line - other.line;
}

function inWords({ imported, roles, dearer, present, bad, unknownSchemes }: Tally): string {
  const byRole = Object.entries(roles).map(([role, count]) => `${count} ${role}`);
  const schemes = Object.entries(unknownSchemes).map(([scheme, count]) => `${count} ${scheme}`);
  const done = [
    `Imported ${imported} ${imported === 1 ? 'account' : 'accounts'}${imported > 0 ? ` (${byRole.join(', ')})` : ''}`,
    ...(present > 0 ? [`${present} already existed`] : []),
    ...(bad > 0 ? [`skipped ${bad} bad ${bad === 1 ? 'line' : 'lines'}`] : []),
  ]
    .join(', ')
    .concat('.')
    .concat(schemes.length > 0 ? ` Hashes that cannot be verified here: ${schemes.join(', ')}.` : '');
  return dearer > 0 ? `${done} Hashes that take longer than the current parameters: ${dearer}. ${WHY_DEARER}` : done;
}

const WHY_DEARER = 'The time of a failed sign-in reveals those accounts until they sign in: docs/timing.md.';

function formatOf(file: string): Format {
  const extension = extname(file).toLowerCase();
  if (extension === '.csv') return 'csv';
  if (['.jsonl', '.ndjson'].includes(extension)) return 'jsonl';
  throw new UsageError('add --format csv or --format jsonl: the file name does not end with .csv, .jsonl or .ndjson');
}

function sizeOf(file: string): number | null {
  try {
    const stat = statSync(file);
    if (stat.isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' });
    return stat.isFile() ? stat.size : null;
  } catch (error) {
    throw new Error(`${file} cannot be read (${(error as NodeJS.ErrnoException).code})`, { cause: error });
  }
}
