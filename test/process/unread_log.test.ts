import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, closeSync, constants, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { MOST_HELD, openOutput } from '../../src/kernel/standard_output.ts';
import { deadline, realTime } from '../support/real_time.ts';
import { until } from '../support/until.ts';

const LOG = join(import.meta.dirname, '../../src/kernel/log.ts');
/** Logs for as long as it runs, and reports its state on standard error. */
const PROGRAM = `
  const { createLog } = await import(${JSON.stringify(LOG)});
  const log = createLog('info');
  process.on('SIGTERM', () => { log.info('stopping'); process.exit(0); });
  process.on('SIGUSR2', () => { for (let line = 0; line < 50; line += 1) log.info({ line, text: 'x'.repeat(4000) }, 'much'); });
  log.info('begun');
  setInterval(() => {}, 1000);
  process.stderr.write('ready');
`;
const ENDS_MS = 8_000;

let folder: string;
let reader: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-log-'));
  execFileSync('mkfifo', [join(folder, 'log')]);
  reader = openSync(join(folder, 'log'), constants.O_RDONLY | constants.O_NONBLOCK);
});
afterEach(() => rmSync(folder, { recursive: true }));

async function start() {
  const log = openSync(join(folder, 'log'), constants.O_WRONLY);
  const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '--eval', PROGRAM], {
    stdio: ['ignore', log, 'pipe'],
  });
  closeSync(log);
  await once(child.stderr!, 'data');
  const ended = Promise.race([
    once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string),
    deadline(ENDS_MS, 'goes on'),
  ]).finally(() => child.kill('SIGKILL'));
  return { child, ended };
}

it('a process whose log lost its reader ends although lines are left to write', async () => {
  const { child, ended } = await start();
  closeSync(reader);
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
}, 20_000);

it('a process whose log is not read any more kills itself at its end', async () => {
  const { child, ended } = await start();
  child.kill('SIGUSR2');
  // Longer than a write may wait for its reader; there is nothing to observe from outside.
  await realTime(2_000);
  child.kill('SIGTERM');
  expect(await ended).toBe('SIGKILL');
  closeSync(reader);
}, 20_000);

it('a process that ends writes its last lines first', async () => {
  closeSync(reader);
  const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '--eval', PROGRAM]);
  let said = '';
  child.stdout.on('data', (text: Buffer) => void (said += text.toString()));
  await once(child.stderr, 'data');
  child.kill('SIGUSR2');
  child.kill('SIGTERM');
  await once(child, 'close');
  expect(said).toContain('"stopping"');
}, 20_000);

it('a log with a slow reader buffers a bounded amount, and reports the number of dropped lines', async () => {
  const log = openSync(join(folder, 'log'), constants.O_WRONLY);
  const output = openOutput(log);
  const lines = 40;
  const line = `${'x'.repeat(1024 * 1024 - 1)}\n`;
  for (let at = 0; at < lines; at += 1) output.write(line);
  let said = '';
  const slow = new Socket({ fd: reader, writable: false }).on('data', (text) => void (said += text.toString()));
  await until(() => said.endsWith('too slow"}\n'));
  const kept = said.length / line.length;
  expect(JSON.parse(said.slice(said.lastIndexOf('\n', said.length - 2)))).toMatchObject({
    level: 40,
    dropped: lines - Math.floor(kept),
  });
  expect(kept * line.length).toBeLessThan(MOST_HELD + 3 * line.length);
  slow.destroy();
  closeSync(log);
}, 20_000);
