import type { Command } from 'commander';
import type { ListedSession } from '../application/sessions/own_sessions.ts';
import { runReadOnly } from './run_read_only.ts';
import { UsageError } from './ending.ts';
import { runAsOperator } from './run_as_operator.ts';
import { type Column, printJson, printRows, say, type OutputOptions } from './output.ts';
import { existing } from './users/row.ts';

const COLUMNS: readonly Column<ListedSession>[] = [
  ['id', ({ id }) => id],
  ['signed in', ({ createdAt }) => createdAt],
  ['last used', ({ lastUsedAt }) => lastUsedAt],
  ['address', ({ address }) => address],
  ['client', ({ client }) => client],
  ['user agent', ({ userAgent }) => userAgent],
];

/** `sessions …`: lists and ends sessions. */
export function addSessions(program: Command): void {
  const sessions = program.command('sessions').description('The sessions of accounts');

  sessions
    .command('list')
    .argument('<username>')
    .description('lists the active sessions of an account, the last used first; at most 100')
    .option('--json', 'prints one JSON array')
    .action((username: string, shown: OutputOptions) =>
      runReadOnly(async ({ directory, sessionsOf }) => {
        const [listed = []] = await sessionsOf([(await existing({ directory }, username)).id]);
        await printRows(listed, COLUMNS, { ...shown, none: 'No sessions.' });
      }),
    );

  sessions
    .command('revoke')
    .argument('[username]', 'ends every session of this account')
    .description('ends sessions and denies their access tokens on all servers at once')
    .option('--session <id>', 'ends only this session (the id shown by "sessions list")')
    .option('--json', 'prints one JSON object')
    .action((username: string | undefined, { session, json }: OutputOptions & { session?: string }) => {
      if ((username === undefined) === (session === undefined)) {
        throw new UsageError('name an account, or one session with --session <id>');
      }
      return runAsOperator(async ({ use, by }) => {
        if (session === undefined) {
          const revoked = await use.accounts.revokeSessions(username!, by);
          return json ? printJson({ revoked }) : say(`Ended ${revoked} ${revoked === 1 ? 'session' : 'sessions'}.`);
        }
        if (!(await use.ownSessions.revoke(session, by))) {
          throw new Error(`session: there is no active session ${session}; "sessions list" shows them`);
        }
        return json ? printJson({ revoked: 1 }) : say('Ended 1 session.');
      });
    });
}
