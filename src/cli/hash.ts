import type { Command } from 'commander';
import type { Calibration } from '../credentials/password/calibrate.ts';
import { configuration } from './run_as_operator.ts';
import { type Column, printJson, printRows, say, type OutputOptions } from './output.ts';
import { wholeNumber } from './whole_number.ts';

interface HashOptions extends OutputOptions {
  readonly target: number;
}

const COLUMNS: readonly Column<Calibration['tried'][number]>[] = [
  ['memory KiB', ({ memoryKib }) => memoryKib],
  ['passes', ({ timeCost }) => timeCost],
  ['ms', ({ ms }) => Math.round(ms)],
];

/** `hash …`: measures hashing and changes nothing. */
export function addHash(program: Command): void {
  const hash = program.command('hash').description('The cost of hashing a password');

  hash
    .command('calibrate')
    .description("measures this machine and proposes Argon2 parameters, never below OWASP's floor")
    .option('--target <ms>', 'the time that one hash may take, in milliseconds', wholeNumber(10, 10_000), 250)
    .option('--json', 'prints one JSON object')
    .action(async ({ target, json }: HashOptions) => {
      const { parallelism, atOnce } = (await configuration()).hashing;
      // Imported here, because the other commands do not need the hashing library.
      const { calibrate } = await import('../credentials/password/calibrate.ts');
      const calibration = await calibrate(target, parallelism);
      if (json) return printJson(calibration);
      await printRows(calibration.tried, COLUMNS, { none: 'Nothing was tried.' });
      say(...inWords(calibration, target, atOnce));
    });
}

function inWords({ proposed, withinTarget }: Calibration, target: number, atOnce: number): string[] {
  const { memoryKib, timeCost, parallelism, ms } = proposed;
  return [
    '',
    withinTarget
      ? `Proposed: ${ms.toFixed(0)} ms of ${target} ms, and ${atOnce} at once take ${Math.ceil((atOnce * memoryKib) / 1024)} MiB.`
      : `A hash takes more than ${target} ms even at OWASP's floor, the lowest values that are proposed:`,
    `ARGON2_MEMORY_KIB=${memoryKib}`,
    `ARGON2_TIME_COST=${timeCost}`,
    `ARGON2_PARALLELISM=${parallelism}`,
  ];
}
