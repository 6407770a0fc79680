import { Command } from 'commander';
import { isSecretName } from '../kernel/secret_names.ts';
import { VERSION } from '../kernel/version.ts';
import { addAudit } from './audit.ts';
import { addClients } from './clients.ts';
import { addDoctor } from './doctor.ts';
import { addHash } from './hash.ts';
import { addKeys } from './keys.ts';
import { addMail } from './mail.ts';
import { addMigrate } from './migrate.ts';
import { addPasswords } from './passwords.ts';
import { addSessions } from './sessions.ts';
import { addUsers } from './users.ts';

/** Creates the command line. It throws a `CommanderError` instead of ending the process. */
export function createProgram(): Command {
  const program = new Command('gatehouse')
    .description('Commands for operators. They read the same environment or .env file as the server.')
    .version(VERSION, '--version', 'prints the version')
    .exitOverride();
  addUsers(program);
  addSessions(program);
  addClients(program);
  addKeys(program);
  addAudit(program);
  addMail(program);
  addMigrate(program);
  addDoctor(program);
  addHash(program);
  addPasswords(program);
  refuseSecretArguments(program);
  return program;
}

/** Throws where an argument or the value of an option is a secret: every user of the machine can read those. */
export function refuseSecretArguments(command: Command): void {
  const values = [
    ...command.options.filter(({ required, optional }) => required || optional).map((option) => option.long ?? ''),
    ...command.registeredArguments.map((argument) => argument.name()),
  ];
  const secret = values.filter(isSecretName);
  if (secret.length > 0) {
    throw new Error(`${command.name()}: ${secret.join(', ')} must be read from standard input, not from an argument`);
  }
  command.commands.forEach(refuseSecretArguments);
}
