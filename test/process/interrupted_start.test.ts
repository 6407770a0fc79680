import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { lockAcrossReplicas, openDatabase } from '../../src/store/database/database.ts';
import { type Backend, describeWith, postgresForTests } from '../support/store_servers.ts';
import { freePort } from '../support/free_port.ts';
import { holdBuild, killServers, startServer } from '../support/server_process.ts';
import { until } from '../support/until.ts';

const JWT_SECRET_KEY = 'a-secret-of-the-tests-0123456789';

async function expectEndOnSigterm(url: string, said: string): Promise<void> {
  const server = await startServer({ DATABASE_URL: url, JWT_SECRET_KEY });
  await until(() => server.said.stdout.includes(said));
  const signalled = Date.now();
  server.signal('SIGTERM');
  expect(await server.exited).toBe(0);
  expect(Date.now() - signalled).toBeLessThan(3_000);
  expect(server.said.stderr).toBe('');
}

describeWith('TEST_DATABASE_URL', 'SIGTERM ends a start', () => {
  let postgres: Backend;
  beforeAll(async () => {
    await holdBuild();
    postgres = await postgresForTests();
  }, 180_000);
  afterAll(async () => {
    await killServers();
    await postgres.release();
  });

  it("while it waits for another replica's migrations", async () => {
    const holder = await openDatabase({ url: postgres.url, dataDir: '', entities: [], migrate: false });
    try {
      await holder.transaction(async (db) => {
        await lockAcrossReplicas(db, 'migrations');
        await expectEndOnSigterm(postgres.url, 'waiting for the migration lock, for 5 s');
      });
    } finally {
      await holder.close();
    }
  }, 60_000);

  it('while it waits for PostgreSQL', async () => {
    const port = await freePort();
    await expectEndOnSigterm(
      `postgresql://gatehouse@127.0.0.1:${port}/gatehouse`,
      `waiting for PostgreSQL at 127.0.0.1:${port}/gatehouse, for 5 s`,
    );
  }, 60_000);
});
