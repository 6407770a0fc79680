import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';
import { type Instance, startInstance } from '../support/instance.ts';
import { elided, stepsOf } from '../support/pages.ts';

/** Pages whose console blocks are run as they are printed, in one shell; only the server's address and password differ. */
const PAGES = [
  ['README.md', 15],
  ['docs/oauth2.md', 8],
] as const;

it.each(PAGES)('what %s shows of curl prints what it says', async (page, atLeast) => {
  const gatehouse = await startInstance();
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-readme-'));
  try {
    const steps = stepsOf(readFileSync(page, 'utf8'));
    expect(steps.length).toBeGreaterThan(atLeast);
    const script = addressed(steps.map(({ command }) => `${command}\necho; echo ${SEPARATOR}`).join('\n'), gatehouse);
    const { stdout } = await promisify(execFile)('bash', ['-c', `shopt -s expand_aliases\n${script}`], { cwd: folder });
    const outputs = stdout.split(SEPARATOR).map((output) => output.trim());
    for (const [at, { command, output }] of steps.entries()) {
      expect({ command, output: outputs[at] }).toEqual({ command, output: expect.stringMatching(elided(output)) });
    }
  } finally {
    await gatehouse.close();
    await rm(folder, { recursive: true });
  }
});

const SEPARATOR = '-- end of step --';

function addressed(script: string, gatehouse: Instance): string {
  return script
    .replace('http://127.0.0.1:4000', gatehouse.url)
    .replace('the one that npm start printed', gatehouse.admin.password);
}
