import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { freePort } from '../support/free_port.ts';
import { ADMIN, startInstance } from '../support/instance.ts';
import { blocksOf } from '../support/markdown.ts';
import { holdBuild } from '../support/process.ts';

/** Runs a page's console blocks as they are printed, in one shell; only addresses and passwords are put in their place. */
async function expectPrinted(page: string, replacements: readonly (readonly [string, string])[]): Promise<void> {
  const steps = stepsOf(page);
  const script = steps.map(({ command }) => `${command}\necho; echo ${SEPARATOR}`).join('\n');
  const addressed = replacements.reduce((text, [from, to]) => text.replaceAll(from, to), script);
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-page-'));
  try {
    const { stdout } = await promisify(execFile)('bash', ['-c', `shopt -s expand_aliases\n${addressed}`], {
      cwd: folder,
    });
    const outputs = stdout.split(SEPARATOR).map((output) => output.trim());
    for (const [at, { command, output }] of steps.entries()) {
      expect({ command, output: outputs[at] }).toEqual({ command, output: expect.stringMatching(elided(output)) });
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

const SEPARATOR = '-- end of step --';

function stepsOf(page: string): { command: string; output: string }[] {
  return blocksOf(page)
    .filter(({ language }) => language === 'console')
    .flatMap(({ text }) => text.split(/^\$ /m).slice(1))
    .map((step) => {
      const [command, ...output] = step.trimEnd().split('\n');
      return { command: command!, output: output.join('\n') };
    });
}

/** What is printed as `…` may be anything without a quote in it. */
function elided(output: string): RegExp {
  const parts = output.split('…').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('[^"]+')}$`);
}

const SMALL_HASHES = { NODE_ENV: 'test', ARGON2_MEMORY_KIB: '64', ARGON2_TIME_COST: '1', ARGON2_PARALLELISM: '1' };

describe('what is shown of curl prints what it says', () => {
  it.each([
    ['README.md', 15],
    ['docs/oauth2.md', 8],
  ] as const)('in %s', async (page, atLeast) => {
    expect(stepsOf(page).length).toBeGreaterThan(atLeast);
    const gatehouse = await startInstance();
    try {
      await expectPrinted(page, [
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
        await expectPrinted('examples/README.md', [
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
