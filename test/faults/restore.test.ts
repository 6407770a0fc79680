import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeProtectedHeader } from 'jose';
import { backend, skipped } from '../support/store_servers.ts';
import type { Tokens } from '../support/http_client.ts';
import { expectPrinted, type Step, stepsOf } from '../support/documented_commands.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { sectionOf } from '../support/markdown.ts';
import { adminToken, createUser, type Person } from '../support/accounts.ts';
import { missingPrograms, operatorsShell, readRunbook } from '../support/runbook.ts';

describe('PostgreSQL, restored from a backup', () => {
  if (!backend('TEST_DATABASE_URL') || !backend('TEST_REDIS_URL')) {
    return skipped('needs TEST_DATABASE_URL and TEST_REDIS_URL');
  }
  if (missingPrograms.length > 0) return skipped(`needs ${missingPrograms.join(', ')}`);

  const runbook = readRunbook();
  const backup = stepsOf(sectionOf(runbook, 'Restore PostgreSQL from a backup').blocks);
  const [list, ...steps] = stepsOf(sectionOf(runbook, 'The steps').blocks);
  const restore = steps.slice(0, steps.findIndex(({ command }) => command.startsWith('pg_restore')) + 1);
  const flush = steps.filter(({ command }) => command.includes('flushdb'));

  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-restore-'));
  let server: Instance;
  let replica: Instance | undefined;
  const run = (some: readonly Step[]) => expectPrinted(some, operatorsShell(server.env, folder));
  const start = async (env: Record<string, string> = {}) => {
    await replica?.stop();
    replica = await server.replica(env);
    return replica.client;
  };

  /** The state in the backup. */
  let refreshed: Person, signedOut: Person, changed: Person;
  let used: Tokens, revoked: Tokens;
  /** The changes since the backup. */
  let successor: Tokens, late: Tokens;

  beforeAll(async () => {
    const env = { ALGORITHM: 'ES256', REFRESH_GRACE_SECONDS: '0', PUBLIC_URL: 'http://gatehouse.test' };
    server = await startInstance({ stores: 'PostgreSQL and Redis', env });
    const { client } = server;
    const login = ({ username, password }: Person) => client.login(username, password);
    [refreshed, signedOut, changed] = [await createUser(server), await createUser(server), await createUser(server)];
    [used, revoked] = [await login(refreshed), await login(signedOut)];
    await run(backup);

    successor = (await client.refresh(used.refreshToken!)).data!.refresh;
    expect((await client.ask('mutation { logout }', { token: revoked.accessToken })).data).toEqual({ logout: true });
    expect((await client.me(revoked.accessToken)).refusal).toBe('UNAUTHENTICATED/REVOKED');
    late = await login(changed);
    const token = await adminToken(server);
    await client.ask(`mutation { setUserRole(username: "${changed.username}", role: "admin") { id } }`, { token });
    await server.stop();
    await run([list!]);
  }, 60_000);
  afterAll(async () => {
    await replica?.stop();
    await server.close();
    rmSync(folder, { recursive: true });
  });

  it('restores revoked tokens without further steps', async () => {
    await run([...restore, ...flush]);
    const client = await start();
    expect((await client.me(revoked.accessToken)).refusal).toBeUndefined();
    expect((await client.refresh(revoked.refreshToken!)).refusal).toBeUndefined();
    // A copy from before the use is not noticed. The holder of the token that followed is refused.
    expect((await client.refresh(used.refreshToken!)).refusal).toBeUndefined();
    expect((await client.refresh(successor.refreshToken!)).refusal).toBe('UNAUTHENTICATED');
    expect((await client.me(late.accessToken)).refusal).toBeUndefined();
  }, 60_000);

  describe('by the steps of the runbook', () => {
    let client: Instance['client'];
    beforeAll(async () => {
      await replica?.stop();
      await run(steps);
      client = await start({ JWT_SECRET_KEY: readFileSync(join(folder, 'jwt_secret_key'), 'utf8').trim() });
    }, 60_000);

    it.each(['revoked', 'used', 'successor', 'late'] as const)('refuses every earlier token: %s', async (name) => {
      const { accessToken, refreshToken } = { revoked, used, successor, late }[name];
      expect((await client.me(accessToken)).refusal).toBe('UNAUTHENTICATED/INVALID');
      expect((await client.refresh(refreshToken!)).refusal).toBe('UNAUTHENTICATED');
    });

    it('lets every user sign in again, without reporting a theft', async () => {
      for (const { username, password } of [refreshed, signedOut, changed]) {
        const tokens = await client.login(username, password);
        for (const { refreshToken } of [used, revoked, late]) await client.refresh(refreshToken!);
        expect((await client.me(tokens.accessToken)).refusal).toBeUndefined();
        expect((await client.refresh(tokens.refreshToken)).refusal).toBeUndefined();
      }
    });

    it('signs with another key', async () => {
      const { accessToken } = await client.login(changed.username, changed.password);
      const { kid } = decodeProtectedHeader(accessToken);
      expect([used, late].map((tokens) => decodeProtectedHeader(tokens.accessToken).kid)).not.toContain(kid);
    });

    it('the changes since the backup are on the list of changes to repeat', () => {
      expect(readFileSync(join(folder, 'since_backup.csv'), 'utf8')).toContain(
        `user.role_set,admin,${changed.username}`,
      );
    });
  });
});
