import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { createKeyMaintenance } from '../../../src/application/foundation/purge.ts';
import type { SigningKeys } from '../../../src/application/foundation/signing_keys.ts';
import { REFRESH_MS } from '../../../src/keys/keys.ts';
import { backend, skipped } from '../../support/store_servers.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { createUser } from '../../support/accounts.ts';
import { until } from '../../support/until.ts';

describe('the timers of a server', () => {
  if (!backend('TEST_DATABASE_URL') || !backend('TEST_REDIS_URL')) {
    return skipped('needs TEST_DATABASE_URL and TEST_REDIS_URL');
  }

  let gatehouse: Instance;
  let other: Instance | undefined;
  beforeAll(async () => {
    gatehouse = await startInstance({ stores: 'PostgreSQL and Redis', env: { ALGORITHM: 'ES256' } });
  });
  afterAll(async () => {
    await other?.stop();
    await gatehouse.close();
  });

  const count = async (where: string) => {
    const [row] = await gatehouse.sql(`select count(*)::int as rows from ${where}`);
    return row!['rows'] as number;
  };
  const published = async () => {
    const { keys } = (await (await fetch(`${gatehouse.url}/.well-known/jwks.json`)).json()) as { keys: unknown[] };
    return keys.length;
  };
  /** Releases the leases, as if this replica had done its jobs an hour ago. */
  const freeLeases = async () => {
    const redis = new Redis(gatehouse.env['REDIS_URL']!);
    const leases = await redis.keys('*lease:*');
    if (leases.length > 0) await redis.del(leases);
    redis.disconnect();
  };

  it('removes what nothing needs, and replaces a key that has signed long enough', async () => {
    expect(await published()).toBe(2);
    const { username, password } = await createUser(gatehouse);
    await gatehouse.client.login(username, password);
    const id = randomUUID();
    await gatehouse.sql(`update sessions set sealed_successor = 'sealed', rotated_at = now() - interval '1 hour'`);
    await gatehouse.sql(
      `insert into sessions select (json_populate_record(s, json_build_object('id', '${id}',
        'token_digest', decode(md5('another'), 'hex'), 'expires_at', now() - interval '2 days',
        'access_expires_at', now() - interval '2 days'))).* from sessions s limit 1`,
    );
    await gatehouse.sql(`insert into revocations (subject, expires_at) values ('jti:${id}', now() - interval '1 day')`);
    await gatehouse.sql(`insert into audit_events (id, at, type) values ('${id}', '2001-09-09', 'login.failed')`);
    await gatehouse.sql(`update signing_keys set state_since = now() - interval '91 days'`);

    await freeLeases();
    other = await gatehouse.replica({}, 1);
    const left = async () =>
      (await count(`sessions where id = '${id}' or sealed_successor is not null`)) +
      (await count(`revocations where subject = 'jti:${id}'`)) +
      (await count(`audit_events where id = '${id}'`));
    await until(left, (rows) => rows === 0);
    await until(
      () => count(`signing_keys where state = 'retiring'`),
      (keys) => keys === 1,
    );
    // A replica that did none of the steps reads the new key from the database.
    await until(published, (keys) => keys === 3, { patienceMs: REFRESH_MS + 10_000 });
  }, 60_000);
});

describe('the care of the keys', () => {
  const keys = {} as SigningKeys;
  const namesOf = (days: number) => createKeyMaintenance(keys, days).map(({ name }) => name);

  it('rotates by the calendar unless KEY_ROTATION_DAYS is 0', () => {
    expect([namesOf(90), namesOf(0)]).toEqual([['rotate-keys', 'clean-keys'], ['clean-keys']]);
  });
});
