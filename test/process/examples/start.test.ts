import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { freePort } from '../../support/free_port.ts';
import { holdBuild } from '../../support/server_process.ts';

beforeAll(() => holdBuild(), 180_000);

async function startExamples(env: Record<string, string> = {}) {
  const [PORT, ORDERS_PORT, REVIEWS_PORT] = [`${await freePort()}`, `${await freePort()}`, `${await freePort()}`];
  const ports = { PORT, ORDERS_PORT, REVIEWS_PORT, ...env };
  const child = spawn(process.execPath, ['examples/start.ts'], {
    env: { DATA_DIR: 'memory', ...ports },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stderr.resume();
  return { child, ports, exited: once(child, 'close').then(([code]) => code as number | null) };
}

const answers = (port: string) =>
  fetch(`http://127.0.0.1:${port}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' } }).then(
    ({ status }) => status,
    () => 'nobody listens',
  );

describe('npm run examples', () => {
  it('ends all of them on SIGTERM, however early', async () => {
    const { child, ports, exited } = await startExamples();
    let said = '';
    await new Promise<void>((resolve) => {
      child.stdout.on('data', (text: Buffer) => {
        said += text;
        if (said.includes('orders: ') && said.includes('reviews: ')) resolve();
      });
    });
    expect(await answers(ports.ORDERS_PORT)).toBe(401);
    expect(await answers(ports.REVIEWS_PORT)).toBe(401);
    child.kill('SIGTERM');
    expect(await exited).toBe(0);
    for (const port of Object.values(ports)) expect(await answers(port)).toBe('nobody listens');
  });

  it('ends all of them with exit code 1 if one ends by itself', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { child, ports, exited } = await startExamples({
      REVIEWS_PORT: `${(taken.address() as { port: number }).port}`,
    });
    child.stdout.resume();
    expect(await exited).toBe(1);
    expect(await answers(ports.ORDERS_PORT)).toBe('nobody listens');
    taken.close();
  });
});
