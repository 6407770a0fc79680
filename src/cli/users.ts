import type { Command } from 'commander';
import { addChanges } from './users/changes.ts';
import { addFactors } from './users/factors.ts';
import { addImport } from './users/import.ts';
import { addLinks } from './users/links.ts';
import { addReading } from './users/reading.ts';
import { addPasswords } from './users/passwords.ts';

/** `users …`: the operations on accounts that admins have in the graph. */
export function addUsers(program: Command): void {
  const users = program.command('users').description('Accounts');
  addReading(users);
  addPasswords(users);
  addChanges(users);
  addFactors(users);
  addLinks(users);
  addImport(users);
}
