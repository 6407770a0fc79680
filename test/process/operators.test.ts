import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type DataDir, openDataDir } from '../../src/store/database/data_dir.ts';
import { backend, type Backend, postgresForTests, redisForTests, runSql, skipped } from '../support/store_servers.ts';
import { ADMIN } from '../support/instance.ts';
import {
  BARE_ENV,
  CLI,
  cli,
  cliReading,
  holdBuild,
  killServers,
  prepareDataDir,
  type ServerProcess,
  startServer,
} from '../support/server_process.ts';
import { enrolTotp } from '../support/second_factor.ts';
import { SMALL_HASHES } from '../support/small_hashes.ts';
import { cliAtTerminal, CTRL_C, ENTER, HAS_TERMINAL } from '../support/terminal.ts';

const BCRYPT = '$2b$10$abcdefghijklmnopqrstuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuu';

beforeAll(holdBuild, 180_000);

describe('operators, beside a server', () => {
  if (!backend('TEST_DATABASE_URL') || !backend('TEST_REDIS_URL')) {
    return skipped('needs TEST_DATABASE_URL and TEST_REDIS_URL');
  }
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-operators-'));
  const opened: Backend[] = [];
  let env: Record<string, string>;
  let server: ServerProcess;
  beforeAll(async () => {
    const [postgres, redis] = await Promise.all([postgresForTests(), redisForTests()]);
    opened.push(postgres, redis);
    env = {
      ...SMALL_HASHES,
      DATABASE_URL: postgres.url,
      REDIS_URL: redis.url,
      JWT_SECRET_KEY: 'a secret of the tests, 32 bytes or more',
      ADMIN_PASSWORD: ADMIN.password,
    };
    server = await (await startServer(env)).ready();
    env['PUBLIC_URL'] = server.url;
    // A token of one server would be invalid on the other.
    env['JWT_ISSUER'] = server.url;
  }, 60_000);
  afterAll(async () => {
    await killServers();
    for (const one of opened) await one.release();
    rmSync(folder, { recursive: true });
  });

  const done = async (...words: string[]) => {
    const ended = await cli(env, ...words, '--json');
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    return JSON.parse(ended.stdout);
  };
  const signIn = (username: string, password: string) => server.client.login(username, password);

  it('create, disable, enable and delete an account, which the server applies to the next request', async () => {
    const made = await cliReading('a password of Kandi\n', env, 'users', 'create', 'Kandi', '--email', 'k@example.com');
    expect(made).toEqual({ code: 0, stdout: 'Created kandi, user.\n', stderr: '' });
    const { accessToken } = await signIn('kandi', 'a password of Kandi');
    expect((await server.client.me(accessToken)).refusal).toBeUndefined();

    expect(await done('users', 'disable', 'kandi')).toMatchObject({ username: 'kandi', disabled: true });
    expect((await server.client.me(accessToken)).refusal).toBe('INACTIVE_USER');
    await done('users', 'enable', 'kandi');
    expect((await server.client.me(accessToken)).refusal).toBeUndefined();

    const refused = await cli(env, 'users', 'delete', 'kandi');
    expect(refused).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('--yes') });
    expect((await server.client.me(accessToken)).refusal).toBeUndefined();
    expect(await done('users', 'delete', 'kandi', '--yes')).toEqual({ deleted: 'kandi' });
    expect((await server.client.me(accessToken)).refusal).toMatch(/^UNAUTHENTICATED/);
    const again = await cliReading(
      'a password of Kandi\n',
      env,
      'users',
      'create',
      'kandi',
      '--email',
      'k@example.com',
    );
    expect(again).toMatchObject({ code: 1, stderr: 'username: already exists\n' });
  }, 60_000);

  it('end sessions, set passwords and roles, and keep the last admin', async () => {
    const made = await done('users', 'create', 'jodi', '--email', 'jodi@example.com', '--generate');
    const { accessToken } = await signIn('jodi', made.password);
    const { accessToken: other } = await signIn('jodi', made.password);
    const sessions = await done('sessions', 'list', 'jodi');
    expect(sessions).toHaveLength(2);
    expect(await done('sessions', 'revoke', '--session', sessions[0].id)).toEqual({ revoked: 1 });
    const refusals = await Promise.all(
      [accessToken, other].map(async (token) => (await server.client.me(token)).refusal),
    );
    expect(refusals.sort()).toEqual(['UNAUTHENTICATED/REVOKED', undefined]);
    expect(await done('sessions', 'revoke', 'jodi')).toEqual({ revoked: 1 });
    expect((await server.client.me(other)).refusal).toBe('UNAUTHENTICATED/REVOKED');

    const { password } = await done('users', 'set-password', 'jodi', '--generate');
    expect(await signIn('jodi', password)).toMatchObject({ accessToken: expect.any(String) });
    await expect(signIn('jodi', made.password)).rejects.toThrow();
    expect(await done('users', 'set-role', 'jodi', 'admin')).toMatchObject({ role: 'admin' });
    await done('users', 'set-role', 'jodi', 'user');
    expect(await cli(env, 'users', 'disable', ADMIN.username)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('last active admin'),
    });
  }, 120_000);

  it('see the factors of an account, and reset those that its user lost', async () => {
    const { password } = await done('users', 'create', 'robi', '--email', 'robi@example.com', '--generate');
    const { accessToken } = await signIn('robi', password);
    const database = { sql: (statement: string) => runSql(env['DATABASE_URL']!, statement), env };
    await enrolTotp(database, { username: 'robi', password });
    const factors = { username: 'robi', password: true, totp: true, recoveryCodesLeft: 10 };
    expect(await done('users', 'factors', 'ROBI')).toMatchObject(factors);
    expect(await cli(env, 'users', 'reset-factors', 'robi')).toMatchObject({ code: 2, stdout: '' });
    await expect(signIn('robi', password)).rejects.toThrow('SECOND_FACTOR_REQUIRED');

    await done('users', 'reset-factors', 'robi', '--reason', 'lost the phone');
    expect(await done('users', 'factors', 'robi')).toMatchObject({ ...factors, totp: false, recoveryCodesLeft: 0 });
    expect((await server.client.me(accessToken)).refusal).toBe('UNAUTHENTICATED/REVOKED');
    expect(await signIn('robi', password)).toMatchObject({ accessToken: expect.any(String) });
    const event = await done('audit', 'tail', '--username', 'robi', '--type', 'factors.reset');
    expect(event).toMatchObject({ subject: 'robi', detail: { reason: 'lost the phone', totp: true } });
    expect(await cli(env, 'users', 'factors', 'nobody')).toMatchObject({ code: 1, stdout: '' });
  }, 60_000);

  it('read the audit log, newest events last', async () => {
    const { stdout } = await cli(env, 'audit', 'tail', '--username', 'kandi', '--since', '1h', '--json');
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.map(({ type }) => type)).toEqual([
      'user.created',
      'login.succeeded',
      'user.disabled',
      'user.enabled',
      'user.deleted',
    ]);
    expect(events[2].actor).toMatch(/^cli:./);
    const lines = (await cli(env, 'audit', 'tail', '-n', '2', '--type', 'user.created')).stdout;
    expect(lines).toMatch(/^\S+Z {2}user\.created +\S+ by cli:\S+ {2}from localhost {2}role=user\n$/m);
    expect((await cli(env, 'audit', 'tail', '--type', 'nothing')).code).toBe(2);
  }, 60_000);

  it('follow the audit log', async () => {
    const tail = spawn(process.execPath, [CLI, 'audit', 'tail', '-n', '1', '--follow', '--json'], {
      env: { ...BARE_ENV, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = createInterface(tail.stdout)[Symbol.asyncIterator]();
    const next = async () => JSON.parse((await lines.next()).value as string);
    expect(await next()).toMatchObject({ id: expect.any(String) });
    await signIn(ADMIN.username, ADMIN.password);
    expect(await next()).toMatchObject({ type: 'login.succeeded', subject: ADMIN.username });
    tail.kill('SIGINT');
    await new Promise((resolve) => tail.once('close', resolve));
  }, 60_000);

  it('register a client, whose secret is printed once, and remove it', async () => {
    const made = await done('clients', 'create', 'Reports', '--grant', 'client_credentials', '--scope', 'reports');
    expect(made).toMatchObject({ name: 'Reports', public: false, secret: expect.stringMatching(/^[\w-]{43}$/) });
    const token = () =>
      fetch(`${server.url}/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${btoa(`${made.id}:${made.secret}`)}` },
        body: new URLSearchParams({ grant_type: 'client_credentials' }),
      });
    expect((await token()).status).toBe(200);
    expect(JSON.stringify(await done('clients', 'list'))).not.toContain(made.secret);
    await done('clients', 'remove', made.id, '--yes');
    expect((await token()).status).toBe(401);
    expect(await cli(env, 'clients', 'show', made.id)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`id: there is no client ${made.id}`),
    });
  }, 60_000);

  it('import a file, see its bad lines by number, and lose nothing to a kill in between', async () => {
    const path = join(folder, 'people.csv');
    const rows = Array.from({ length: 20_000 }, (_, at) => `import.${at},import.${at}@example.com,${BCRYPT}`);
    rows[7] = 'x,y,z';
    writeFileSync(path, ['username,email,passwordHash', ...rows].join('\n'));
    const killed = spawn(process.execPath, [CLI, 'users', 'import', path], {
      env: { ...BARE_ENV, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const count = async () =>
      Number(
        (await runSql(env['DATABASE_URL']!, "select count(*) from users where username like 'import.%'"))[0]!['count'],
      );
    // The report of line 9 is printed after its batch.
    await new Promise((resolve) => killed.stderr.once('data', resolve));
    killed.kill('SIGKILL');
    await new Promise((resolve) => killed.once('close', resolve));
    const before = await count();
    expect(before % 1000).toBe(999);
    expect(before).toBeLessThan(rows.length - 1);

    const ended = await cli(env, 'users', 'import', path, '--json');
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringMatching(/^line 9: username: .*\n$/) });
    const { imported, present, bad, faults } = JSON.parse(ended.stdout);
    expect({ total: imported + present, bad, line: faults[0].line }).toEqual({ total: 19_999, bad: 1, line: 9 });
    expect(present).toBeGreaterThanOrEqual(before);
    expect(await count()).toBe(19_999);
    const events = await runSql(
      env['DATABASE_URL']!,
      "select count(*) as events, count(distinct subject) as subjects from audit_events where subject like 'import.%'",
    );
    expect(events.map(({ events, subjects }) => [Number(events), Number(subjects)])).toEqual([[19_999, 19_999]]);
  }, 240_000);

  it('can read without Redis but change nothing, because a denial has to reach it', async () => {
    const alone = { ...env, REDIS_URL: 'redis://127.0.0.1:1' };
    const [users, shown, sessions, clients, disabled] = await Promise.all([
      cli(alone, 'users', 'list', '--search', ADMIN.username, '--json'),
      cli(alone, 'users', 'show', ADMIN.username),
      cli(alone, 'sessions', 'list', ADMIN.username, '--json'),
      cli(alone, 'clients', 'list', '--json'),
      cli(alone, 'users', 'disable', 'jodi'),
    ]);
    for (const read of [users, sessions, clients]) expect(read).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(users.stdout)).toMatchObject([{ username: ADMIN.username }]);
    expect(shown).toMatchObject({ code: 0, stdout: expect.stringMatching(/^locked until +not known$/m) });
    expect(shown.stderr).toMatch(/^locked until: not known\. REDIS_URL: /);
    expect(disabled).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('REDIS_URL') });
    expect(await done('users', 'show', 'jodi')).toMatchObject({ disabled: false, lockedUntil: null });
  }, 60_000);

  it('can close the output of a command early', async () => {
    const ended = await new Promise<{ code: number | null; stderr: string }>((resolve) => {
      const child = spawn(
        'sh',
        ['-c', `"$0" "$1" users list --limit 5000 --json >&3; echo $? >&2`, process.execPath, CLI],
        {
          env: { ...BARE_ENV, ...env },
          stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
        },
      );
      let stderr = '';
      child.stderr!.on('data', (text: Buffer) => void (stderr += text));
      child.stdio[3]!.destroy();
      child.once('close', (code) => resolve({ code, stderr }));
    });
    expect(ended.stderr.replace(/^.*--after.*\n/, '')).toBe('0\n');
  }, 60_000);

  it('get a separate result for each check of the doctor', async () => {
    const healthy = await done('doctor', '--probe');
    expect(healthy).toMatchObject({ healthy: true });
    const states = (findings: readonly { check: string; state: string }[]) =>
      Object.fromEntries(findings.map(({ check, state }) => [check, state]));
    expect(states(healthy.findings)).toMatchObject({
      database: 'ok',
      migrations: 'ok',
      keys: 'ok',
      redis: 'ok',
      PUBLIC_URL: 'ok',
      proxy: 'ok',
    });

    const away = {
      ...env,
      DATABASE_URL: 'postgresql://nobody:hunter2@127.0.0.1:1/x',
      TRUST_PROXY: '128.0.0.0/1',
      PORT: 'x',
    };
    const ended = await cli(away, 'doctor');
    expect(ended).toMatchObject({ code: 1, stderr: '' });
    expect(ended.stdout).toMatch(/^fail {2}configuration {2}PORT: /m);
    expect(ended.stdout).toMatch(/^fail {2}database .*127\.0\.0\.1:1/m);
    expect(ended.stdout).toMatch(/^ok {4}redis .*noeviction/m);
    expect(ended.stdout).toMatch(/^ok {4}hashing/m);
    expect(ended.stdout).not.toContain('hunter2');

    const nowhere = new URL(env['DATABASE_URL']!);
    nowhere.pathname = '/no_such_database';
    const { JWT_SECRET_KEY: _key, ...keyless } = env;
    const [missing, unset] = await Promise.all([
      cli({ ...env, DATABASE_URL: nowhere.href }, 'doctor'),
      cli(keyless, 'doctor'),
    ]);
    expect(missing.stdout).toMatch(/^fail {2}database .*no_such_database.*\n.*createdb.*DATABASE_URL/m);
    expect(unset.stdout).toMatch(/^fail {2}configuration {2}JWT_SECRET_KEY: required.*\n.*openssl rand -hex 32/m);

    // Other secrets, and a proxy that any client may claim to be.
    const wrong = {
      ...env,
      ALGORITHM: 'ES256',
      JWT_SECRET_KEY: 'another secret of the tests, 32 bytes!',
      TRUST_PROXY: '128.0.0.0/1',
    };
    const { healthy: isHealthy, findings } = JSON.parse((await cli(wrong, 'doctor', '--json')).stdout);
    expect({ isHealthy, ...states(findings) }).toMatchObject({ isHealthy: false, proxy: 'fail', redis: 'ok' });
  }, 120_000);

  describe('at a terminal', () => {
    if (!HAS_TERMINAL) return skipped('needs script of util-linux');

    it('enter a new password twice, which is never on the screen', async () => {
      const terminal = cliAtTerminal(env, 'users', 'create', 'typed', '--email', 'typed@example.com');
      await terminal.answer('New password for typed', `a first password${ENTER}`);
      await terminal.answer('Repeat the password', `another password${ENTER}`);
      await terminal.answer('New password for typed', `the typed password${ENTER}`);
      await terminal.answer('Repeat the password', `the typed password${ENTER}`);
      expect(await terminal.exited).toBe(0);
      expect(terminal.screen()).toContain('The passwords differ');
      expect(terminal.screen()).not.toMatch(/first|another|the typed/);
      expect(await signIn('typed', 'the typed password')).toMatchObject({ accessToken: expect.any(String) });
    }, 60_000);

    it('cancel with Ctrl-C, and nothing changes', async () => {
      const asked = cliAtTerminal(env, 'users', 'create', 'nobody', '--email', 'nobody@example.com');
      const confirming = cliAtTerminal(env, 'users', 'delete', 'typed');
      await asked.answer('New password', CTRL_C);
      await confirming.answer('Type typed to continue', CTRL_C);
      expect([await asked.exited, await confirming.exited]).toEqual([130, 130]);
      expect(await cli(env, 'users', 'show', 'nobody')).toMatchObject({
        code: 1,
        stderr: 'username: does not exist\n',
      });
    }, 60_000);

    it('type the name of the account that they delete', async () => {
      const wrong = cliAtTerminal(env, 'users', 'delete', 'typed');
      await wrong.answer('Type typed to continue', `yes${ENTER}`);
      expect(await wrong.exited).toBe(1);
      expect((await signIn('typed', 'the typed password')).accessToken).toBeDefined();
      const right = cliAtTerminal(env, 'users', 'delete', 'typed');
      await right.answer('Type typed to continue', `typed${ENTER}`);
      expect(await right.exited).toBe(0);
      expect(await cli(env, 'users', 'show', 'typed')).toMatchObject({ code: 1 });
      // An unknown name needs no confirmation.
      const nothing = cliAtTerminal(env, 'users', 'delete', 'typed');
      expect(await nothing.exited).toBe(1);
      expect(nothing.screen()).not.toContain('to continue');
    }, 60_000);
  });
});

describe('operators, beside a server that has its database in a folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-operators-'));
  const env = { ...SMALL_HASHES, DATA_DIR: join(folder, 'data') };
  let held: DataDir;
  beforeAll(() => {
    prepareDataDir(env.DATA_DIR);
    held = openDataDir(env.DATA_DIR);
  });
  afterAll(() => {
    held.release();
    rmSync(folder, { recursive: true });
  });

  it('cannot change it, and see the reason; reading works', async () => {
    const refused = await cli(env, 'users', 'list');
    expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('in use by another') });
    const { code, stdout } = await cli(env, 'doctor');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^note {2}database .*in use by another Gatehouse process/m);
    expect(stdout).toMatch(/^ok {4}DATA_DIR .*MiB free/m);
  }, 60_000);
});

describe('operators, with a DATA_DIR that is mistyped', () => {
  it.each([
    ['users', 'list'],
    ['users', 'enable', 'kandi'],
    ['keys', 'list'],
  ])(
    'see an error, and no folder is made: %s %s',
    async (...words) => {
      const path = join(tmpdir(), `gatehouse-mistyped-${process.pid}`);
      const ended = await cli({ ...SMALL_HASHES, DATA_DIR: path }, ...words);
      expect(ended).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(`no database in ${path}`) });
      expect(existsSync(path)).toBe(false);
    },
    60_000,
  );

  it('can print the release, but must list at least one event', async () => {
    expect(await cli({}, '--version')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
    expect(await cli({}, 'audit', 'tail', '-n', '0')).toMatchObject({ code: 2, stdout: '' });
  }, 60_000);
});
