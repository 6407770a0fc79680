import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { expectPrinted, stepsOf } from '../support/printed.ts';
import { freePort } from '../support/free_port.ts';
import { ADMIN, startInstance } from '../support/instance.ts';
import { holdBuild } from '../support/process.ts';

/** Runs what a page prints, with this run's addresses and passwords in the place of the page's. */
async function expectPage(page: string, replacements: readonly (readonly [string, string])[]): Promise<void> {
  const cwd = await mkdtemp(join(tmpdir(), 'gatehouse-page-'));
  try {
    await expectPrinted(stepsOf(readFileSync(page, 'utf8')), {
      cwd,
      prelude: 'shopt -s expand_aliases',
      address: (script) => replacements.reduce((text, [from, to]) => text.replaceAll(from, to), script),
    });
  } finally {
    await rm(cwd, { recursive: true });
  }
}

const SMALL_HASHES = { NODE_ENV: 'test', ARGON2_MEMORY_KIB: '64', ARGON2_TIME_COST: '1', ARGON2_PARALLELISM: '1' };

describe('what is shown of curl prints what it says', () => {
  it.each([
    ['README.md', 15],
    ['docs/oauth2.md', 8],
  ] as const)('in %s', async (page, atLeast) => {
    expect(stepsOf(readFileSync(page, 'utf8')).length).toBeGreaterThan(atLeast);
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

  describe('of the examples', () => {
    beforeAll(() => holdBuild(), 180_000);

    it('in examples/README.md', async () => {
      const [PORT, ORDERS_PORT, REVIEWS_PORT] = [`${await freePort()}`, `${await freePort()}`, `${await freePort()}`];
      const env = {
        PORT,
        ORDERS_PORT,
        REVIEWS_PORT,
        DATA_DIR: 'memory',
        ADMIN_PASSWORD: ADMIN.password,
        ...SMALL_HASHES,
      };
      const examples = spawn(process.execPath, ['examples/start.ts'], { env, stdio: ['ignore', 'pipe', 'ignore'] });
      const ended = once(examples, 'close');
      try {
        let said = '';
        await new Promise<void>((resolve) => {
          examples.stdout.on('data', (text: Buffer) => {
            said += text;
            if (said.includes('Playground: ')) resolve();
          });
        });
        const gateway = `http://127.0.0.1:${PORT}`;
        // A busy machine may take longer to compose than a start waits for it.
        while (!(await (await fetch(`${gateway}/health/ready`)).text()).includes('"supergraph":"ok"')) await sleep(100);
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
