import { spawnSync } from 'node:child_process';
import { sectionsOf } from './markdown.ts';
import type { ConsoleOptions } from './documented_commands.ts';
import { GATEHOUSE_SHELL } from './server_process.ts';

const PROGRAMS = ['psql', 'pg_dump', 'pg_restore', 'redis-cli', 'openssl'];

/** The programs of its commands that this machine does not have. */
export const missingPrograms = PROGRAMS.filter((program) => spawnSync(program, ['--version']).error !== undefined);

export const readRunbook = () => sectionsOf('docs/runbook.md');

/** How an operator's shell stands to a server of this environment. */
export function operatorsShell(env: Readonly<Record<string, string>>, cwd: string): ConsoleOptions {
  return { cwd, env: { ...process.env, ...env }, prelude: `set -eo pipefail; ${GATEHOUSE_SHELL}` };
}
