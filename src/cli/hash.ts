import { type Command, InvalidArgumentError } from 'commander';
import type { Calibration } from '../passwords/calibrate.ts';
import { configuration } from './operate.ts';
import { printJson, say, type Shown } from './output.ts';

interface Wish extends Shown {
  readonly target: number;
}

/** `hash …`: it measures, and changes nothing. */
export function addHash(program: Command): void {
  const hash = program.command('hash').description('What hashing a password costs');

  hash
    .command('calibrate')
    .description("measures this machine, and proposes Argon2 parameters, never below OWASP's floor")
    .option('--target <ms>', 'how long one hash may take, in milliseconds', milliseconds, 250)
    .option('--json', 'one JSON object')
    .action(async ({ target, json }: Wish) => {
      const { parallelism, atOnce } = (await configuration()).hashing;
      // Not with the other commands, which need no library that hashes.
      const { calibrate } = await import('../passwords/calibrate.ts');
      const calibration = await calibrate(target, parallelism);
      if (json) printJson(calibration);
      else say(...inWords(calibration, target, atOnce));
    });
}

function milliseconds(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 10 && value <= 10_000) return value;
  throw new InvalidArgumentError('It must be a whole number from 10 to 10000.');
}

function inWords({ proposed, withinTarget, tried }: Calibration, target: number, atOnce: number): string[] {
  const { memoryKib, timeCost, parallelism, ms } = proposed;
  return [
    'memory KiB  passes     ms',
    ...tried.map((one) =>
      [`${one.memoryKib}`.padStart(10), `${one.timeCost}`.padStart(6), one.ms.toFixed(0).padStart(5)].join('  '),
    ),
    '',
    withinTarget
      ? `Proposed: ${ms.toFixed(0)} ms of ${target} ms, and ${atOnce} at once take ${Math.ceil((atOnce * memoryKib) / 1024)} MiB.`
      : `Not within ${target} ms, even at OWASP's floor, below which nothing is proposed:`,
    `ARGON2_MEMORY_KIB=${memoryKib}`,
    `ARGON2_TIME_COST=${timeCost}`,
    `ARGON2_PARALLELISM=${parallelism}`,
  ];
}
