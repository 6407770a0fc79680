import { CommanderError } from 'commander';
import { endingOf } from './ending.ts';
import { createProgram } from './program.ts';

/*
 * Operators' commands. Exit code 0: done; 1: not done, or not all of it, and standard error says why; 2: the command's
 * words are off; 130: interrupted. Nothing secret is ever an argument: those are in everybody's process list.
 */

const NAMES_WITH_DASH = 'Put a name that begins with "-" after "--".\n';

// Whoever reads has enough, as in `… | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

try {
  await createProgram().parseAsync();
} catch (error) {
  // Help was asked for, or the words are off: commander has said so.
  if (error instanceof CommanderError) {
    // It may have been a user name, or the id of a key that an earlier release made.
    if (error.code === 'commander.unknownOption') process.stderr.write(NAMES_WITH_DASH);
    process.exit(error.exitCode === 0 ? 0 : 2);
  }
  const { code, words } = await endingOf(error);
  process.stderr.write(`${words}\n`);
  process.exit(code);
}
