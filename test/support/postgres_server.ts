import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runSql } from './store_servers.ts';
import { freePort } from './free_port.ts';
import { until } from './until.ts';

const PROGRAMS = [...globSync('/usr/lib/postgresql/*/bin').toSorted(), ...(process.env['PATH'] ?? '').split(':')].find(
  (folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')),
);

/** PostgreSQL refuses to run as root; then it runs as the user of its package. */
const USER: User | undefined = process.getuid?.() === 0 ? userNamed('postgres') : {};

/** True if this machine can start its own PostgreSQL, for actions that a shared server must not suffer. */
export const hasPostgresServer = PROGRAMS !== undefined && USER !== undefined;

export interface PostgresServer {
  readonly url: string;
  /** Kills every process in the middle of its work. Committed data is on the disk. */
  kill(): Promise<void>;
  /** Starts again after {@link kill}, on the same port and the same data. */
  restart(): Promise<void>;
  /** Kills the server and removes its folder. */
  close(): Promise<void>;
}

/** Starts a PostgreSQL for one test. */
export async function startPostgresServer(): Promise<PostgresServer> {
  if (PROGRAMS === undefined || USER === undefined) throw new Error('needs the programs of PostgreSQL');
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-postgres-'));
  if (USER.uid !== undefined && USER.gid !== undefined) chownSync(folder, USER.uid, USER.gid);
  const url = `postgresql://postgres@127.0.0.1:${port}/postgres`;
  const data = join(folder, 'data');
  const as = { ...USER, cwd: folder };
  const cluster = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync'];
  execFileSync(join(PROGRAMS, 'initdb'), cluster, { ...as, stdio: 'pipe' });
  const settings = { port, listen_addresses: '127.0.0.1', unix_socket_directories: '', max_connections: 50 };
  const words = ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  let child: ChildProcess | undefined;

  async function start(): Promise<void> {
    const answers = () => {
      // The server refuses to start, and ends, until every process of the previous one has noticed the kill.
      if (child === undefined || child.exitCode !== null) {
        child = spawn(join(PROGRAMS!, 'postgres'), words, { ...as, stdio: 'ignore' });
      }
      return runSql(url, 'select 1').then(
        () => true,
        () => false,
      );
    };
    await until(answers, Boolean, { patienceMs: 30_000, everyMs: 100 });
  }
  async function kill(): Promise<void> {
    const running = child;
    child = undefined;
    if (running === undefined || running.exitCode !== null) return;
    const gone = once(running, 'exit');
    // Its processes notice the kill and end as abruptly.
    running.kill('SIGKILL');
    await gone;
  }
  async function close(): Promise<void> {
    await kill();
    rmSync(folder, { recursive: true, force: true, maxRetries: 20 });
  }

  try {
    await start();
  } catch (error) {
    await close();
    throw error;
  }
  return { url, kill, restart: start, close };
}

interface User {
  readonly uid?: number;
  readonly gid?: number;
}

function userNamed(name: string): User | undefined {
  const [, uid, gid] = new RegExp(`^${name}:[^:]*:(\\d+):(\\d+):`, 'm').exec(readFileSync('/etc/passwd', 'utf8')) ?? [];
  return uid === undefined || gid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
}
