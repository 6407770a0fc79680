import { Command } from 'commander';
import { addAudit } from './cli/audit.ts';
import { addClients } from './cli/clients.ts';
import { addDoctor } from './cli/doctor.ts';
import { endingOf } from './cli/ending.ts';
import { addHash } from './cli/hash.ts';
import { addKeys } from './cli/keys.ts';
import { addMigrate } from './cli/migrate.ts';
import { addSessions } from './cli/sessions.ts';
import { addUsers } from './cli/users.ts';

/**
 * Operators' commands. Exit code 0: done; 1: not done, or not all of it, and standard error says why; 2: the command's
 * words are off; 130: interrupted. Nothing secret is ever an argument: those are in everybody's process list.
 */
const program = new Command('gatehouse')
  .description("Operators' commands. They read the same environment, or .env, as the server.")
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
addUsers(program);
addSessions(program);
addClients(program);
addKeys(program);
addAudit(program);
addMigrate(program);
addDoctor(program);
addHash(program);

// Whoever reads has enough, as in `… | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  const { code, words } = await endingOf(error);
  process.stderr.write(`${words}\n`);
  process.exit(code);
}
