import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort } from '../support/free_port.ts';
import { holdBuild, killServers, prepareDataDir, type ServerProcess, startServer } from '../support/server_process.ts';

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-restart-'));
const secretFile = join(folder, 'secret');
const ADMIN = { username: 'admin', password: 'the admin of the tests' };
const env = {
  DATA_DIR: folder,
  ADMIN_PASSWORD: ADMIN.password,
  // A key pair that is stored in the database, encrypted with the folder's secret.
  ALGORITHM: 'ES256',
  REFRESH_GRACE_SECONDS: '0',
  REFRESH_RETRY_HOURS: '0',
};

let server: ServerProcess;
const start = async (port: string) => (server = await (await startServer({ ...env, PORT: port })).ready());

beforeAll(async () => {
  await holdBuild();
  prepareDataDir(folder);
  await start(`${await freePort()}`);
}, 240_000);
afterAll(async () => {
  await killServers();
  rmSync(folder, { recursive: true });
});

describe.each(['SIGTERM', 'SIGKILL'] as const)('after %s, an embedded server', (signal) => {
  /** The state before the restart. */
  let before: Awaited<ReturnType<typeof prepare>>;
  beforeAll(async () => {
    before = await prepare();
    server.signal(signal);
    // The last response was sent after its commit.
    expect(await server.exited).toBe(signal === 'SIGTERM' ? 0 : null);
    await start(new URL(server.url).port);
  }, 60_000);

  async function prepare() {
    const { client } = server;
    const login = (username: string) => client.login(username, ADMIN.password);
    const { accessToken: token } = await login(ADMIN.username);
    const account = async (name: string) => {
      const username = `${name}.${signal.toLowerCase()}`;
      const { errors } = await client.ask(
        `mutation { createUser(input: {
          username: "${username}", email: "${username}@example.com", password: "${ADMIN.password}" }) { id } }`,
        { token },
      );
      expect(errors).toBeUndefined();
      return username;
    };
    const [signedIn, robbed, disabled] = [await account('in'), await account('robbed'), await account('disabled')];
    const [kept, used] = [await login(signedIn), await login(robbed)];
    const { data: successor } = await client.refresh(used.refreshToken);
    const disabledTokens = await login(disabled);
    const disabling = await client.ask(`mutation { setUserDisabled(username: "${disabled}", disabled: true) { id } }`, {
      token,
    });
    expect(disabling.data).not.toBeNull();
    const { body: jwks } = await get('/.well-known/jwks.json');
    const secret = readFileSync(secretFile, 'utf8');
    const loggedOut = await login(signedIn);
    const logout = await client.ask(`mutation { logout(refreshToken: "${loggedOut.refreshToken}") }`);
    expect(logout.data).toEqual({ logout: true });
    return { kept, used, successor: successor!.refresh, disabledTokens, loggedOut, jwks, secret };
  }

  const get = async (path: string) => ({ body: await (await fetch(server.url + path)).json() });
  const worth = async (accessToken: string) => (await server.client.me(accessToken)).refusal ?? 'ok';

  it('has its secret, which only its owner can read', () => {
    expect(readFileSync(secretFile, 'utf8')).toBe(before.secret);
    expect(statSync(secretFile).mode & 0o777).toBe(0o600);
  });

  it('has its keys: access tokens are valid', async () => {
    expect((await get('/.well-known/jwks.json')).body).toEqual(before.jwks);
    expect(await worth(before.kept.accessToken)).toBe('ok');
  });

  it('has its accounts unchanged', async () => {
    const { data } = await server.client
      .login(ADMIN.username, ADMIN.password)
      .then(({ accessToken: token }) => server.client.ask('{ users { totalCount } }', { token }));
    expect(data.users.totalCount).toBe(signal === 'SIGTERM' ? 4 : 7);
    expect(await worth(before.disabledTokens.accessToken)).toBe('INACTIVE_USER');
  });

  it('has its revocations: a revoked token is refused', async () => {
    expect(await worth(before.loggedOut.accessToken)).toBe('UNAUTHENTICATED/REVOKED');
    expect((await server.client.refresh(before.loggedOut.refreshToken)).refusal).toBe('UNAUTHENTICATED');
  });

  it('has its sessions: a refresh token is valid once', async () => {
    expect((await server.client.refresh(before.kept.refreshToken)).refusal).toBeUndefined();
    expect((await server.client.refresh(before.kept.refreshToken)).refusal).toBe('UNAUTHENTICATED');
  });

  it('recognises a used refresh token as theft', async () => {
    expect(await worth(before.successor.accessToken)).toBe('ok');
    expect((await server.client.refresh(before.used.refreshToken)).refusal).toBe('UNAUTHENTICATED');
    expect(await worth(before.successor.accessToken)).toBe('UNAUTHENTICATED/REVOKED');
    expect((await server.client.refresh(before.successor.refreshToken!)).refusal).toBe('UNAUTHENTICATED');
  });
});

describe('killed in the middle of its work', () => {
  it('has everything that it confirmed', async () => {
    const { accessToken: token } = await server.client.login(ADMIN.username, ADMIN.password);
    const created: string[] = [];
    // Each creates one account after another until the server does not respond, so that it dies during some of them.
    let next = 0;
    const askers = Array.from({ length: 8 }, async () => {
      for (;;) {
        const name = `burst.${next++}`;
        const input = `username: "${name}", email: "${name}@example.com", password: "${ADMIN.password}"`;
        const { data } = await server.client.ask(`mutation { createUser(input: { ${input} }) { username } }`, {
          token,
        });
        created.push(data!['createUser'].username);
        if (created.length === 10) server.signal('SIGKILL');
      }
    });
    await Promise.allSettled(askers);
    await server.exited;
    await start(new URL(server.url).port);
    const { data } = await server.client.ask('{ users(first: 100, search: "burst") { edges { node { username } } } }', {
      token,
    });
    const kept = data.users.edges.map(({ node }: { node: { username: string } }) => node.username);
    expect(created.length).toBeGreaterThanOrEqual(10);
    expect(kept).toEqual(expect.arrayContaining(created));
  });
});
