import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBuilt, lockBuild } from '../../scripts/build.ts';
import type { FileLock } from '../../src/store/database/file_lock.ts';
import { type Client, createClient } from './http_client.ts';
import { freePort } from './free_port.ts';
import { SMALL_HASHES } from './small_hashes.ts';

/** A server as operators run it: a separate process, from the build. */
export interface ServerProcess {
  readonly url: string;
  readonly pid: number;
  readonly client: Client;
  /** Its output so far. */
  readonly said: { stdout: string; stderr: string };
  /** Resolves when it accepts requests. Rejects with its output if it ends before. */
  ready(): Promise<ServerProcess>;
  /** Sends a signal to it and to the processes that it started, as a terminal does. */
  signal(name: NodeJS.Signals): void;
  /** Resolves to its exit code, or null after a signal. */
  readonly exited: Promise<number | null>;
}

/** The result of a command. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** An otherwise empty environment. The processes of a run share a compile cache. */
export const BARE_ENV: Readonly<Record<string, string>> = {
  NODE_ENV: 'test',
  NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE']!,
};
export const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
export const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
/** Defines `gatehouse` for bash: the command line from the build. */
export const GATEHOUSE_SHELL = `gatehouse() { '${process.execPath}' '${CLI}' "$@"; }`;
const running = new Set<ChildProcess>();
/** Keeps the locks referenced, because garbage collection ends an unreferenced lock. */
const held: (FileLock | undefined)[] = [];

/**
 * Rebuilds a stale build and locks it, so that it is not rebuilt under the servers. Call it in a `beforeAll` with a
 * long timeout.
 */
export async function holdBuild(): Promise<void> {
  await ensureBuilt();
  held.push(lockBuild('shared'));
}

/**
 * Creates a data directory with an empty database from the run's template, which saves the first start some seconds.
 */
export function prepareDataDir(path: string): string {
  const pglite = join(path, 'pglite');
  mkdirSync(pglite, { recursive: true });
  execFileSync('tar', ['-xf', process.env['GATEHOUSE_TEST_TEMPLATE']!, '-C', pglite], { stdio: 'pipe' });
  return path;
}

/** Starts a server with small hashes in an otherwise empty environment, on its own port. */
export async function startServer(env: Readonly<Record<string, string>>, cwd = '/'): Promise<ServerProcess> {
  const port = env['PORT'] ?? `${await freePort()}`;
  const child = spawn(process.execPath, [MAIN], {
    cwd,
    detached: true,
    env: { ...BARE_ENV, ...SMALL_HASHES, PORT: port, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const exited = once(child, 'close').then(([code]) => {
    running.delete(child);
    return code as number | null;
  });
  const said = { stdout: '', stderr: '' };
  const isReady = new Promise<void>((resolve) => {
    child.stdout.on('data', (text: Buffer) => {
      said.stdout += text;
      if (said.stdout.includes('Playground: ')) resolve();
    });
  });
  child.stderr.on('data', (text: Buffer) => void (said.stderr += text));

  const url = `http://127.0.0.1:${port}`;
  const server: ServerProcess = {
    url,
    pid: child.pid!,
    client: createClient(url),
    said,
    exited,
    async ready() {
      await Promise.race([
        isReady,
        exited.then((code) => Promise.reject(new Error(`exit ${code}: ${said.stdout}${said.stderr}`))),
      ]);
      return server;
    },
    signal: (name) => void process.kill(-child.pid!, name),
  };
  return server;
}

/** Runs `npm run cli -- …` in an otherwise empty environment, without standard input. */
export function cli(env: Readonly<Record<string, string>>, ...words: string[]): Promise<Ended> {
  return cliReading('', env, ...words);
}

/** Runs the same with a standard input. */
export function cliReading(input: string, env: Readonly<Record<string, string>>, ...words: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { env: { ...BARE_ENV, ...env }, cwd: '/' };
    const child = execFile(process.execPath, [CLI, ...words], options, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
    // A command that reads nothing may end before the input is written.
    child.stdin!.on('error', () => {});
    child.stdin!.end(input);
  });
}

/** Kills the servers that failed tests left running. */
export async function killServers(): Promise<void> {
  for (const child of running) process.kill(-child.pid!, 'SIGKILL');
  await Promise.all([...running].map((child) => once(child, 'close')));
}
