import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { ensureBuilt } from '../scripts/build.ts';

/**
 * `npm run examples`: starts the subgraphs `orders` and `reviews`, and Gatehouse as the gateway in front of them. SIGINT
 * and SIGTERM stop all of them with exit code 0; if one ends by itself, the others stop with exit code 1.
 */
const { PORT = '4000', ORDERS_PORT = '4001', REVIEWS_PORT = '4002' } = process.env;
const ROOT = join(import.meta.dirname, '..');
const GATEWAY_URL = process.env['PUBLIC_URL'] ?? `http://127.0.0.1:${PORT}`;
const ENVIRONMENT = {
  PORT,
  ORDERS_PORT,
  REVIEWS_PORT,
  GATEWAY_URL,
  PUBLIC_URL: GATEWAY_URL,
  SUBGRAPHS: `orders=http://127.0.0.1:${ORDERS_PORT}/graphql,reviews=http://127.0.0.1:${REVIEWS_PORT}/graphql`,
  ROLES: JSON.stringify({ user: ['account'], admin: ['*'] }),
};
/** The time that a process may take to stop. */
const PATIENCE_MS = 15_000;

const running = new Map<ChildProcess, Promise<unknown>>();
let stopping: Promise<void> | undefined;

/** Starts a process. Resolves when the process prints `listening`; does not resolve if the examples stop meanwhile. */
async function start(listening: string, ...command: string[]): Promise<void> {
  if (stopping) return stopping;
  const child = spawn(process.execPath, command, {
    cwd: ROOT,
    // In a separate process group, so that only this script passes Ctrl+C on, once.
    detached: true,
    env: { ...process.env, ...ENVIRONMENT },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.set(child, once(child, 'close'));
  child.once('close', () => {
    running.delete(child);
    if (!stopping) process.stderr.write(`${command.join(' ')} has ended\n`);
    void stop(1);
  });
  let said = '';
  await new Promise<void>((resolve) => {
    child.stdout.on('data', (text: Buffer) => {
      process.stdout.write(text);
      if (said !== listening && (said += text.toString()).includes(listening)) resolve();
    });
  });
}

function stop(code: number): Promise<void> {
  stopping ??= (async () => {
    setTimeout(() => running.forEach((_, child) => child.kill('SIGKILL')), PATIENCE_MS).unref();
    // Not SIGTERM, which drains for a proxy: here a person waits.
    for (const child of running.keys()) child.kill('SIGINT');
    await Promise.all(running.values());
    process.exit(code);
  })();
  return stopping;
}

process.once('SIGINT', () => void stop(0));
process.once('SIGTERM', () => void stop(0));

await ensureBuilt();
// The subgraphs start first: the gateway asks for their schemas when it starts.
await Promise.all([start('orders: ', 'examples/orders/server.ts'), start('reviews: ', 'examples/reviews/server.ts')]);
await start('Playground: ', 'scripts/start.ts', 'main');
process.stdout.write(`
Open ${GATEWAY_URL}/graphql, sign in as the admin, and run:
  { me { username orders { id product { name reviews { body author { fullName } } } } } }
`);
