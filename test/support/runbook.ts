import { spawnSync } from 'node:child_process';
import { sectionsOf } from './markdown.ts';
import type { ConsoleOptions } from './documented_commands.ts';
import { GATEHOUSE_SHELL } from './server_process.ts';

const PROGRAMS = ['psql', 'pg_dump', 'pg_restore', 'redis-cli', 'openssl'];

/** The programs of the runbook's commands that this machine does not have. */
export const missingPrograms = PROGRAMS.filter((program) => spawnSync(program, ['--version']).error !== undefined);

export const readRunbook = () => sectionsOf('docs/runbook.md');

/** Returns the options of an operator's shell for a server with this environment. */
export function operatorsShell(env: Readonly<Record<string, string>>, cwd: string): ConsoleOptions {
  return { cwd, env: { ...process.env, ...env }, prelude: `set -eo pipefail; ${GATEHOUSE_SHELL}` };
}
