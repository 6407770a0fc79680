import type { Command } from 'commander';
import type { ListedFactors } from '../../application/factors/list_factors.ts';
import { runAsOperator } from '../run_as_operator.ts';
import { runReadOnly } from '../run_read_only.ts';
import { type Column, printOne, type OutputOptions } from '../output.ts';
import { existing, tell } from './row.ts';

type FactorsRow = ReturnType<typeof toFactorsRow>;

const COLUMNS: readonly Column<FactorsRow>[] = [
  ['username', ({ username }) => username],
  ['password', ({ password }) => password],
  ['authenticator app', ({ totp }) => totp],
  ['passkeys', ({ passkeys }) => passkeys.map(({ name }) => name).join(', ')],
  ['recovery codes left', ({ recoveryCodesLeft }) => recoveryCodesLeft],
];

/** `users factors` and `users reset-factors`: the ways in which the user of an account signs in. */
export function addFactors(users: Command): void {
  users
    .command('factors')
    .argument('<username>')
    .description('shows the factors of an account')
    .option('--json', 'prints one JSON object')
    .action((username: string, shown: OutputOptions) =>
      runReadOnly(async ({ directory, factorsOf }) => {
        const user = await existing({ directory }, username);
        const [factors] = await factorsOf([user.id]);
        await printOne(toFactorsRow(user.username, factors!), COLUMNS, shown);
      }),
    );

  users
    .command('reset-factors')
    .argument('<username>')
    .description('removes the second factors and recovery codes of an account whose user lost them; ends its sessions')
    .requiredOption('--reason <text>', 'the reason, for the audit log')
    .option('--json', 'prints one JSON object')
    .action((username: string, { reason, json }: OutputOptions & { reason: string }) =>
      runAsOperator(async ({ use, by }) => {
        const user = await use.resetFactors(username, reason, by);
        tell(`${user.username} has no second factor; all sessions ended.`, user, json);
      }),
    );
}

/** Returns the printed factors, without the public keys of passkeys. */
function toFactorsRow(username: string, { password, totp, passkeys, recoveryCodesLeft }: ListedFactors) {
  const shown = passkeys.map(({ id, name, createdAt, lastUsedAt, backedUp }) => ({
    id,
    name,
    createdAt,
    lastUsedAt: lastUsedAt ?? null,
    backedUp,
  }));
  return { username, password, totp, passkeys: shown, recoveryCodesLeft };
}
