import type { Command } from 'commander';
import type { User } from '../../users/user.entity.ts';
import { askNewPassword } from '../ask.ts';
import { UsageError } from '../ending.ts';
import { runAsOperator } from '../run_as_operator.ts';
import { printJson, say, type OutputOptions } from '../output.ts';
import { toRow } from './row.ts';

/** The options for the source of a new password. */
interface PasswordSource {
  readonly generate?: boolean;
  readonly passwordStdin?: boolean;
}

interface UserCreation extends OutputOptions, PasswordSource {
  readonly email: string;
  readonly fullName?: string;
  readonly role: string;
}

/** `users create` and `users set-password`: the commands that ask for a new password. */
export function addPasswords(users: Command): void {
  users
    .command('create')
    .argument('<username>')
    .description('creates an account')
    .requiredOption('--email <address>')
    .option('--full-name <name>')
    .option('--role <role>', 'one of ROLES', 'user')
    .option('--generate', 'generates a password and shows it once')
    .option('--password-stdin', 'reads the password from the first line of standard input')
    .option('--json', 'prints one JSON object')
    .action(async (username: string, { email, fullName, role, json, ...source }: UserCreation) => {
      // Before the stores are opened, so that a slow typist does not hold the embedded database.
      const password = await newPassword(username, source);
      await runAsOperator(
        async ({ use, by }) => {
          const user = await use.accounts.create({ username, email, fullName, role, password }, by);
          showWithPassword(`Created ${user.username}, ${user.role}.`, { user, password }, { json, ...source });
        },
        { makesDatabase: true },
      );
    });

  users
    .command('set-password')
    .argument('<username>')
    .description('sets a new password and ends every session of the account')
    .option('--generate', 'generates a password and shows it once')
    .option('--password-stdin', 'reads the password from the first line of standard input')
    .option('--json', 'prints one JSON object')
    .action(async (username: string, { json, ...source }: OutputOptions & PasswordSource) => {
      const password = await newPassword(username, source);
      await runAsOperator(async ({ use, by }) => {
        const user = await use.accounts.setPassword(username, password, by);
        showWithPassword(
          `${user.username} has a new password; all sessions ended.`,
          { user, password },
          {
            json,
            ...source,
          },
        );
      });
    });
}

async function newPassword(username: string, { generate, passwordStdin }: PasswordSource): Promise<string> {
  if (!generate) return askNewPassword(username, passwordStdin);
  if (passwordStdin) throw new UsageError('use either --generate or --password-stdin, not both');
  const { random } = await import('../../kernel/secret.ts');
  return random(18).toString('base64url');
}

function showWithPassword(
  words: string,
  { user, password }: { readonly user: User; readonly password: string },
  { json, generate }: { json: boolean | undefined; generate?: boolean },
): void {
  if (json) return printJson({ ...toRow(user), ...(generate ? { password } : {}) });
  say(words, ...(generate ? [`Password: ${password}   (shown only now)`] : []));
}
