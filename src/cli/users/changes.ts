import type { Command } from 'commander';
import type { User } from '../../users/user.entity.ts';
import { confirm } from '../ask.ts';
import { runReadOnly } from '../run_read_only.ts';
import { type OperatorServices, runAsOperator } from '../run_as_operator.ts';
import { printJson, say, type OutputOptions } from '../output.ts';
import { existing, tell } from './row.ts';

/** Every change of an account except its password. Running servers learn of a change before it commits. */
export function addChanges(users: Command): void {
  addChange(
    users,
    { verb: 'disable', description: 'disables an account and ends its sessions', outcome: 'is disabled' },
    (name, o) => o.use.accounts.setDisabled(name, true, o.by),
  );
  addChange(users, { verb: 'enable', description: 'enables a disabled account', outcome: 'is enabled' }, (name, o) =>
    o.use.accounts.setDisabled(name, false, o.by),
  );
  addChange(
    users,
    { verb: 'unlock', description: 'clears the failed sign-ins of an account', outcome: 'is unlocked' },
    (name, o) => o.use.accounts.unlock(name, o.by),
  );

  users
    .command('set-role')
    .argument('<username>')
    .argument('<role>', 'one of ROLES')
    .description('changes the role of an account from its next request on')
    .option('--json', 'prints one JSON object')
    .action((username: string, role: string, { json }: OutputOptions) =>
      runAsOperator(async ({ use, by }) => {
        const user = await use.accounts.setRole(username, role, by);
        tell(`${user.username} is ${user.role}.`, user, json);
      }),
    );

  users
    .command('delete')
    .argument('<username>')
    .description('deletes an account and its personal data for good; its name is never reused')
    .option('--yes', 'skips the confirmation')
    .option('--json', 'prints one JSON object')
    .action(async (username: string, { yes, json }: OutputOptions & { yes?: boolean }) => {
      if (!yes) await runReadOnly((consultation) => existing(consultation, username));
      await confirm(`Deleting ${username}`, username, yes);
      await runAsOperator(async ({ use, by }) => {
        await use.accounts.remove(username, by);
        if (json) printJson({ deleted: username.toLowerCase() });
        else say(`Deleted ${username.toLowerCase()}.`);
      });
    });
}

interface ChangeCommand {
  readonly verb: string;
  readonly description: string;
  /** The predicate of the sentence that reports the change. */
  readonly outcome: string;
}

/** Adds a command that changes one account and needs only its name. */
function addChange(
  users: Command,
  { verb, description, outcome }: ChangeCommand,
  change: (username: string, operation: OperatorServices) => Promise<User>,
): void {
  users
    .command(verb)
    .argument('<username>')
    .description(description)
    .option('--json', 'prints one JSON object')
    .action((username: string, { json }: OutputOptions) =>
      runAsOperator(async (operation) => {
        const user = await change(username, operation);
        tell(`${user.username} ${outcome}.`, user, json);
      }),
    );
}
