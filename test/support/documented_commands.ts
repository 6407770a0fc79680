import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from '@jest/globals';
import type { Block } from './markdown.ts';

/** A command on a page, with its documented output. */
export interface Step {
  readonly command: string;
  readonly output: string;
}

/** Returns the commands of the console blocks. */
export function stepsOf(blocks: readonly Block[]): Step[] {
  return blocks
    .filter(({ language }) => language === 'console')
    .flatMap(({ text }) => text.split(/^\$ /m).slice(1))
    .map((step) => {
      const [command, ...output] = step.trimEnd().split('\n');
      return { command: command!, output: output.join('\n') };
    });
}

export interface ConsoleOptions {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Runs before the commands, in the same shell. */
  readonly prelude?: string;
  /** Replaces values on the page by those of this run. */
  readonly address?: (script: string) => string;
}

/** Runs commands one after another in one shell. Fails the test if one prints other output than the page. */
export async function expectPrinted(
  steps: readonly Step[],
  { cwd, env, prelude = '', address = (script) => script }: ConsoleOptions,
): Promise<void> {
  const script = address(steps.map(({ command }) => `${command}\necho; echo ${SEPARATOR}`).join('\n'));
  const { stdout } = await promisify(execFile)('bash', ['-c', `${prelude}\n${script}`], {
    cwd,
    ...(env ? { env } : {}),
  });
  const outputs = stdout.split(SEPARATOR).map((output) => output.trim());
  for (const [at, { command, output }] of steps.entries()) {
    expect({ command, output: outputs[at] }).toEqual({ command, output: expect.stringMatching(elided(output)) });
  }
}

const SEPARATOR = '-- end of step --';

/** Matches `…` in printed output with any text without a quote. */
function elided(output: string): RegExp {
  const parts = output.split('…').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('[^"]+')}$`);
}
