import { CommanderError } from 'commander';
import { endingOf } from './ending.ts';
import { createProgram } from './program.ts';

/*
 * Operators' commands. Exit code 0: done; 1: not done, or not all of it, and standard error says why; 2: the command's
 * words are off; 130: interrupted. Nothing secret is ever an argument: those are in everybody's process list.
 */

const NAMES_WITH_DASH = 'Put a name that begins with "-" after "--".\n';

// The reader has closed the pipe, as in `… | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

try {
  await createProgram().parseAsync();
} catch (error) {
  // Help, or invalid arguments: commander has already printed the message.
  if (error instanceof CommanderError) {
    // The unknown option may be a user name, or the id of a key from an earlier release.
    if (error.code === 'commander.unknownOption') process.stderr.write(NAMES_WITH_DASH);
    process.exit(error.exitCode === 0 ? 0 : 2);
  }
  const { code, words } = await endingOf(error);
  process.stderr.write(`${words}\n`);
  process.exit(code);
}
