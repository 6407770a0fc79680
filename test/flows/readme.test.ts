import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Instance, startInstance } from '../support/instance.ts';

/** The README's console blocks, run as they are printed, in one shell; only the server's address and password differ. */
const README = readFileSync('README.md', 'utf8');

let gatehouse: Instance;
let folder: string;
beforeAll(async () => {
  gatehouse = await startInstance();
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-readme-'));
});
afterAll(async () => {
  await gatehouse.close();
  await rm(folder, { recursive: true });
});

it("the README's walk with curl prints what it says", async () => {
  const steps = [...README.matchAll(/```console\n(.*?)```/gs)]
    .flatMap(([, block]) => block!.split(/^\$ /m).slice(1))
    .map((step) => {
      const [command, ...output] = step.trimEnd().split('\n');
      return { command: command!, output: output.join('\n') };
    });
  expect(steps.length).toBeGreaterThan(15);
  const script = steps.map(({ command }) => `${command}\necho; echo ${SEPARATOR}`).join('\n');

  const { stdout } = await promisify(execFile)('bash', ['-c', `shopt -s expand_aliases\n${address(script)}`], {
    cwd: folder,
  });
  const outputs = stdout.split(SEPARATOR).map((output) => output.trim());
  for (const [at, { command, output }] of steps.entries()) {
    expect({ command, output: outputs[at] }).toEqual({ command, output: expect.stringMatching(elided(output)) });
  }
});

const SEPARATOR = '-- end of step --';

function address(script: string): string {
  return script
    .replace('http://127.0.0.1:4000', gatehouse.url)
    .replace('the one that npm start printed', gatehouse.admin.password);
}

/** What is printed as `…` may be anything without a quote in it. */
function elided(output: string): RegExp {
  const parts = output.split('…').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('[^"]+')}$`);
}
