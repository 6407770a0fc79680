import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type ConsoleOptions, type Step, stepsOf } from './printed.ts';
import { CLI } from './process.ts';

/** A section of the runbook: its heading, how it is linked to, and its text up to the next heading. */
export interface Section {
  readonly heading: string;
  readonly anchor: string;
  readonly text: string;
  readonly steps: readonly Step[];
}

const PROGRAMS = ['psql', 'pg_dump', 'pg_restore', 'redis-cli', 'openssl'];

/** The programs of its commands that this machine does not have. */
export const missingPrograms = PROGRAMS.filter((program) => spawnSync(program, ['--version']).error !== undefined);

export function readRunbook(): Section[] {
  return readFileSync('docs/runbook.md', 'utf8')
    .split(/^#+ /m)
    .slice(1)
    .map((text) => {
      const [heading = ''] = text.split('\n', 1);
      return { heading, anchor: anchorOf(heading), text, steps: stepsOf(text) };
    });
}

/** The section of a heading. Throws where there is none. */
export function sectionOf(runbook: readonly Section[], heading: string): Section {
  const section = runbook.find((one) => one.heading === heading);
  if (!section) throw new Error(`the runbook has no section "${heading}"`);
  return section;
}

/** How an operator's shell stands to a server of this environment: `gatehouse` is the command line, from the build. */
export function operatorsShell(env: Readonly<Record<string, string>>, cwd: string): ConsoleOptions {
  return {
    cwd,
    env: { ...process.env, ...env },
    prelude: `set -eo pipefail; gatehouse() { '${process.execPath}' '${CLI}' "$@"; }`,
  };
}

/** As GitHub makes them. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
}
