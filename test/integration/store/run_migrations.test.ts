import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { type Database, lockAcrossReplicas, openDatabase } from '../../../src/store/database/database.ts';
import { type Backend, describeWith, postgresForTests } from '../../support/store_servers.ts';
import { until } from '../../support/until.ts';

describeWith('TEST_DATABASE_URL', 'a start that waits for its turn to migrate', () => {
  let server: Backend;
  let holder: Database;
  let holding: Promise<void>;
  let release: () => void;
  const options = () => ({ url: server.url, dataDir: '', entities: [] });

  beforeEach(async () => {
    server = await postgresForTests();
    holder = await openDatabase({ ...options(), migrate: false });
    const locked = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    release = released.resolve;
    holding = holder.transaction(async (db) => {
      await lockAcrossReplicas(db, 'migrations');
      locked.resolve();
      await released.promise;
    });
    await locked.promise;
  });
  afterEach(async () => {
    release();
    await holding;
    await holder.close();
    await server.release();
  });

  it('says so every few seconds, and goes on once the lock is free', async () => {
    const notices: string[] = [];
    const opening = openDatabase({ ...options(), onNotice: (words) => notices.push(words) });
    await until(() => notices.length === 2);
    expect(notices).toEqual(['waiting for the migration lock, for 5 s', 'waiting for the migration lock, for 10 s']);
    release();
    const database = await opening;
    expect(database.migrated.length).toBeGreaterThan(0);
    await database.close();
  }, 30_000);

  it('gives up in the end, and says what to look at', async () => {
    await expect(openDatabase({ ...options(), migrationPatience: 700 })).rejects.toThrow(
      /^DATABASE_URL: no migration lock within 1 s\. Another process holds it, .*pg_locks/,
    );
  });

  it('ends at once when it is interrupted', async () => {
    const interrupt = new AbortController();
    const notices: string[] = [];
    const opening = openDatabase({ ...options(), signal: interrupt.signal, onNotice: (words) => notices.push(words) });
    const outcome = opening.then(
      () => 'opened',
      (error: Error) => error.message,
    );
    await until(() => notices.length === 1);
    const interrupted = Date.now();
    interrupt.abort(new Error('interrupted'));
    expect(await outcome).toBe('interrupted');
    expect(Date.now() - interrupted).toBeLessThan(1_000);
  }, 20_000);
});
