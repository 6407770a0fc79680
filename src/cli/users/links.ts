import type { Command } from 'commander';
import type { HandedLink } from '../../application/recovery/hand_over.ts';
import { runAsOperator } from '../run_as_operator.ts';
import { printJson, say, type OutputOptions } from '../output.ts';
import { toRow } from './row.ts';

interface InvitationOptions extends OutputOptions {
  readonly email: string;
  readonly fullName?: string;
  readonly role: string;
}

/** `users invite` and `users send-reset`: the commands that send a person a link. */
export function addLinks(users: Command): void {
  users
    .command('invite')
    .argument('<username>')
    .description('creates an account without a password and sends its user a link; repeated, sends a new link')
    .requiredOption('--email <address>')
    .option('--full-name <name>')
    .option('--role <role>', 'one of ROLES', 'user')
    .option('--json', 'prints one JSON object')
    .action((username: string, { email, fullName, role, json }: InvitationOptions) =>
      runAsOperator(
        async ({ use, by }) => {
          const { user, ...handed } = await use.invitations.invite({ username, email, fullName, role }, by);
          if (json) return printJson({ ...toRow(user), ...handed });
          say(`Invited ${user.username}, ${user.role}.`, ...inWords(handed));
        },
        { makesDatabase: true },
      ),
    );

  users
    .command('send-reset')
    .argument('<username>')
    .description('sends the user of an account a link for a new password')
    .option('--json', 'prints one JSON object')
    .action((username: string, { json }: OutputOptions) =>
      runAsOperator(async ({ use, by }) => {
        const handed = await use.sendPasswordReset(username, by);
        if (json) return printJson({ username: username.toLowerCase(), ...handed });
        say(`${username.toLowerCase()} gets a link for a new password.`, ...inWords(handed));
      }),
    );
}

/** Returns the lines about the link. Without a mail server, the operator hands it over. */
function inWords({ link, code, expiresAt }: HandedLink): string[] {
  const until = `valid until ${expiresAt.toISOString()}`;
  if (link === null) return [`The link is on its way by mail, ${until}.`];
  return [`Link: ${link}   (shown only now, ${until})`, ...(code === null ? [] : [`Code: ${code}`])];
}
