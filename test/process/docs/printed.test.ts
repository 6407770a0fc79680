import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { expectPrinted, stepsOf } from '../../support/documented_commands.ts';
import { freePort } from '../../support/free_port.ts';
import { ADMIN, startInstance } from '../../support/instance.ts';
import { blocksOf } from '../../support/markdown.ts';
import { BARE_ENV, holdBuild } from '../../support/server_process.ts';
import { SMALL_HASHES } from '../../support/small_hashes.ts';
import { until } from '../../support/until.ts';

/** Runs the commands of a page, with the addresses and passwords of this run in place of the page's. */
async function expectPage(page: string, replacements: readonly (readonly [string, string])[]): Promise<void> {
  const cwd = await mkdtemp(join(tmpdir(), 'gatehouse-page-'));
  try {
    await expectPrinted(stepsOf(blocksOf(page)), {
      cwd,
      prelude: 'shopt -s expand_aliases',
      address: (script) => replacements.reduce((text, [from, to]) => text.replaceAll(from, to), script),
    });
  } finally {
    await rm(cwd, { recursive: true });
  }
}

describe('the documented curl commands print the documented output', () => {
  it.each([
    ['README.md', 15],
    ['docs/oauth2.md', 8],
  ] as const)('in %s', async (page, atLeast) => {
    expect(stepsOf(blocksOf(page)).length).toBeGreaterThan(atLeast);
    const gatehouse = await startInstance();
    try {
      await expectPage(page, [
        ['http://127.0.0.1:4000', gatehouse.url],
        ['the one that npm start printed', ADMIN.password],
      ]);
    } finally {
      await gatehouse.close();
    }
  });

  describe('the commands of the examples', () => {
    beforeAll(holdBuild, 180_000);

    it('in examples/README.md', async () => {
      const [PORT, ORDERS_PORT, REVIEWS_PORT] = [`${await freePort()}`, `${await freePort()}`, `${await freePort()}`];
      const env = {
        PORT,
        ORDERS_PORT,
        REVIEWS_PORT,
        ...BARE_ENV,
        DATA_DIR: 'memory',
        ADMIN_PASSWORD: ADMIN.password,
        ...SMALL_HASHES,
      };
      const examples = spawn(process.execPath, ['examples/start.ts'], { env, stdio: 'pipe' });
      const ended = once(examples, 'close');
      try {
        let said = '';
        for (const output of [examples.stdout, examples.stderr]) output.on('data', (text: Buffer) => (said += text));
        const gateway = `http://127.0.0.1:${PORT}`;
        // On a busy machine, the composition may take longer than a start waits for it.
        const composed = () =>
          fetch(`${gateway}/health/ready`)
            .then((answer) => answer.text())
            .catch(String);
        await Promise.race([
          until(composed, (answer) => answer.includes('"supergraph":"ok"'), { patienceMs: 50_000 }),
          ended.then(() => Promise.reject(new Error(`the examples ended: ${said}`))),
        ]);
        await expectPage('examples/README.md', [
          ['http://127.0.0.1:4000', gateway],
          ['http://127.0.0.1:4001', `http://127.0.0.1:${ORDERS_PORT}`],
          ['http://127.0.0.1:4002', `http://127.0.0.1:${REVIEWS_PORT}`],
          ['the one that was printed', ADMIN.password],
        ]);
      } finally {
        examples.kill();
        await ended;
      }
    }, 60_000);
  });
});
