import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free_port.ts';
import { until } from './until.ts';

const PROGRAM = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer', '/usr/local/bin/pgbouncer'].find((path) =>
  existsSync(path),
);

/** True if this machine has PgBouncer. */
export const hasPgbouncer = PROGRAM !== undefined;

export interface Pgbouncer {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Starts a PgBouncer for one test, in front of a database.
 * @param settings additions to the smallest possible `pgbouncer.ini`
 */
export async function startPgbouncer(
  databaseUrl: string,
  settings: Readonly<Record<string, string | number>>,
): Promise<Pgbouncer> {
  if (PROGRAM === undefined) throw new Error('needs PgBouncer');
  const { hostname, port: serverPort, pathname, username, password } = new URL(databaseUrl);
  const name = pathname.slice(1);
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-pgbouncer-'));
  const users = join(folder, 'users.txt');
  writeFileSync(users, `"${username}" "${password}"\n`);
  const all = {
    listen_addr: '127.0.0.1',
    listen_port: port,
    unix_socket_dir: '',
    auth_type: 'trust',
    auth_file: users,
    ...settings,
  };
  const ini = join(folder, 'pgbouncer.ini');
  writeFileSync(
    ini,
    [
      '[databases]',
      `${name} = host=${hostname} port=${serverPort || '5432'} dbname=${name}`,
      '[pgbouncer]',
      ...Object.entries(all).map(([setting, value]) => `${setting} = ${value}`),
    ].join('\n'),
  );
  // PgBouncer refuses to run as root.
  const asRoot = process.getuid?.() === 0;
  const words = asRoot ? ['-u', 'postgres', ini] : [ini];
  if (asRoot) {
    const [uid, gid] = ['-u', '-g'].map((word) => Number(execFileSync('id', [word, 'postgres'], { encoding: 'utf8' })));
    for (const path of [folder, users, ini]) chownSync(path, uid!, gid!);
  }
  const child: ChildProcess = spawn(PROGRAM, ['-q', ...words], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr!.on('data', (text: Buffer) => void (said += text.toString()));
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`pgbouncer has ended: ${said}`);
    return isOpen(port);
  });
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = `${port}`;
  return {
    url: url.href,
    async close() {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
      rmSync(folder, { recursive: true });
    },
  };
}

/** Returns the settings in a page's `ini` block. */
export function documentedSettings(path: string): Record<string, string> {
  const [, block = ''] = /```ini\n(.*?)```/s.exec(readFileSync(path, 'utf8')) ?? [];
  const section = block.slice(block.indexOf('[pgbouncer]'));
  return Object.fromEntries([...section.matchAll(/^(\w+) *= *(.*)$/gm)].map(([, name, value]) => [name!, value!]));
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    }).once('error', () => resolve(false));
  });
}
