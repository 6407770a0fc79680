import { Command } from 'commander';
import { addHash } from './cli/hash.ts';
import { addKeys } from './cli/keys.ts';
import { ConfigurationError } from './config.ts';

/**
 * Operators' commands. Exit code 0: done; 1: not done, and standard error says why; 2: the command's words are off.
 * Nothing secret is ever an argument: those are in everybody's process list.
 */
const program = new Command('gatehouse')
  .description("Operators' commands. They read the same environment, or .env, as the server.")
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
addHash(program);
addKeys(program);

try {
  await program.parseAsync();
} catch (error) {
  const lead = error instanceof ConfigurationError ? 'The configuration cannot be used.\n' : '';
  process.stderr.write(`${lead}${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
