import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeProtectedHeader } from 'jose';
import { backend, type Backend, postgresForTests, skipped } from '../support/store_servers.ts';
import { ADMIN } from '../support/instance.ts';
import {
  cli,
  holdBuild,
  killServers,
  prepareDataDir,
  type ServerProcess,
  startServer,
} from '../support/server_process.ts';

const OLD = 'the old secret of the tests, 32 bytes and more';
const NEW = 'the new secret of the tests, 32 bytes and more';

interface ShownKey {
  readonly kid: string;
  readonly algorithm: string;
  readonly state: string;
}

beforeAll(holdBuild, 180_000);
afterAll(killServers);

describe('keys, from the command line, with an embedded database', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-keys-'));
  const env = { DATA_DIR: join(folder, 'data'), ALGORITHM: 'ES256' };
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('refuse while a server uses the database, and work once it has stopped', async () => {
    prepareDataDir(env.DATA_DIR);
    const server = await (await startServer({ ...env, ADMIN_PASSWORD: ADMIN.password })).ready();
    const refused = await cli(env, 'keys', 'list');
    expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('DATA_DIR') });
    server.signal('SIGINT');
    expect(await server.exited).toBe(0);

    const { code, stdout, stderr } = await cli(env, 'keys', 'list');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^[\w-]{43} +ES256 +(next|current) +\d{4}-/m);
  }, 60_000);

  it('report faults of the arguments, of the configuration, and of the change', async () => {
    expect((await cli(env, 'keys')).code).toBe(2);
    expect((await cli(env, 'keys', 'burn')).code).toBe(2);
    expect((await cli(env, 'keys', 'retire')).code).toBe(2);
    const broken = await cli({ ...env, ALGORITHM: 'none', PORT: 'x' }, 'keys', 'list');
    expect(broken).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/PORT: [^]*ALGORITHM: |ALGORITHM: [^]*PORT: /),
    });
    expect(await cli(env, 'keys', 'retire', 'nobodys')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--yes'),
    });
    expect(await cli(env, 'keys', 'retire', 'nobodys', '--yes')).toMatchObject({
      code: 1,
      stderr: 'kid: does not exist\n',
    });
    expect(await cli(env, 'keys', 'retire', '-nobodys', '--yes')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('after "--"'),
    });
    expect(await cli(env, 'keys', 'retire', '--yes', '--', '-nobodys')).toMatchObject({
      code: 1,
      stderr: 'kid: does not exist\n',
    });
    expect(await cli(env, 'keys', 'rotate')).toMatchObject({ code: 1, stderr: expect.stringMatching(/^now: /) });
    expect((await cli(env, '--help')).code).toBe(0);
  }, 60_000);
});

describe('keys, from the command line, beside servers', () => {
  if (!backend('TEST_DATABASE_URL')) return skipped('needs TEST_DATABASE_URL');

  let postgres: Backend;
  let env: Record<string, string>;
  beforeAll(async () => {
    postgres = await postgresForTests();
    env = {
      DATABASE_URL: postgres.url,
      ALGORITHM: 'ES256',
      ADMIN_PASSWORD: ADMIN.password,
      JWT_ISSUER: 'https://x.example',
    };
  });
  afterAll(() => postgres.release());
  const start = async (secrets: Record<string, string>) => (await startServer({ ...env, ...secrets })).ready();
  const stop = async (server: ServerProcess) => {
    server.signal('SIGINT');
    expect(await server.exited).toBe(0);
  };

  it('replace a leaked secret without ending sessions', async () => {
    const [leaked, both, clean] = [
      { JWT_SECRET_KEY: OLD },
      { JWT_SECRET_KEY: NEW, JWT_SECRET_KEY_PREVIOUS: OLD },
      { JWT_SECRET_KEY: NEW },
    ];
    let server = await start(leaked);
    const { accessToken, refreshToken } = await server.client.login(ADMIN.username, ADMIN.password);
    const rotated = await server.client.login(ADMIN.username, ADMIN.password);
    const { data } = await server.client.refresh(rotated.refreshToken);
    await stop(server);

    server = await start(both);
    const before = await cli({ ...env, ...clean }, 'keys', 'rewrap');
    expect(before).toMatchObject({ code: 1, stderr: expect.stringContaining('JWT_SECRET_KEY_PREVIOUS') });
    expect(await cli({ ...env, ...both }, 'keys', 'rewrap', '--json')).toEqual({
      code: 0,
      stdout: '{"rewrapped":2,"totpSecrets":0}\n',
      stderr: '',
    });
    expect((await server.client.me(accessToken)).refusal).toBeUndefined();
    await stop(server);

    server = await start(clean);
    expect((await server.client.me(accessToken)).refusal).toBeUndefined();
    expect((await server.client.refresh(refreshToken)).refusal).toBeUndefined();
    // A used token from before the change is refused and no theft is reported, because its tag proves nothing any more.
    expect((await server.client.refresh(`${rotated.refreshToken.slice(0, -4)}AAAA`)).refusal).toBe('UNAUTHENTICATED');
    expect((await server.client.refresh(data!.refresh.refreshToken!)).refusal).toBeUndefined();
    await stop(server);
  }, 60_000);

  it('rotate and retire under a running server', async () => {
    const secret = { JWT_SECRET_KEY: NEW };
    const [server, behind] = [await start(secret), await start(secret)];
    const keys = async (...words: string[]): Promise<ShownKey[]> => {
      const ended = await cli({ ...env, ...secret }, 'keys', ...words, '--json');
      expect(ended).toMatchObject({ code: 0, stderr: '' });
      return JSON.parse(ended.stdout) as ShownKey[];
    };
    const { accessToken } = await server.client.login(ADMIN.username, ADMIN.password);
    const { kid } = decodeProtectedHeader(accessToken);
    expect((await keys('list')).find(({ state }) => state === 'current')!.kid).toBe(kid);

    const after = await keys('rotate', '--now');
    expect(after.find((key) => key.kid === kid)!.state).toBe('retiring');
    // A server that starts now signs with the new key, and the others verify it at once.
    const ahead = await start(secret);
    const renewed = await ahead.client.login(ADMIN.username, ADMIN.password);
    expect(decodeProtectedHeader(renewed.accessToken).kid).toBe(after.find(({ state }) => state === 'current')!.kid);
    for (const { client } of [server, behind, ahead]) {
      expect((await client.me(renewed.accessToken)).refusal).toBeUndefined();
      expect((await client.me(accessToken)).refusal).toBeUndefined();
    }
    expect((await keys('retire', kid!, '--yes')).map((key) => key.kid)).not.toContain(kid);
    const fresh = await start(secret);
    expect((await fresh.client.me(accessToken)).refusal).toBe('UNAUTHENTICATED/INVALID');
    await Promise.all([server, behind, ahead, fresh].map(stop));
  }, 60_000);
});
