import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { expectPrinted, stepsOf } from '../support/console.ts';
import { type Instance, startInstance } from '../support/instance.ts';

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
    await expectPrinted(steps, {
      cwd: folder,
      prelude: 'shopt -s expand_aliases',
      address: (script) => addressed(script, gatehouse),
    });
  } finally {
    await gatehouse.close();
    await rm(folder, { recursive: true });
  }
});

function addressed(script: string, gatehouse: Instance): string {
  return script
    .replace('http://127.0.0.1:4000', gatehouse.url)
    .replace('the one that npm start printed', gatehouse.admin.password);
}
