/**
 * Loads the server into jest's modules: the test moves the server's clock.
 * @jest-environment node
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import express from 'express';
import { keysCheck } from '../../../src/composition/readiness.ts';
import { health } from '../../../src/http/routes/health.ts';
import { systemClock } from '../../../src/kernel/clock.ts';
import { createLog } from '../../../src/kernel/log.ts';
import { openKeys, REFRESH_MS } from '../../../src/keys/keys.ts';
import { skipped } from '../../support/store_servers.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { logFile } from '../../support/log_file.ts';
import { hashingProcesses, SHOWS_PROCESSES } from '../../support/process_table.ts';
import { until } from '../../support/until.ts';

interface Ready {
  readonly status: number;
  readonly checks: Record<string, string>;
  readonly reasons?: Record<string, string>;
}

async function ready(url: string): Promise<Ready> {
  const response = await fetch(`${url}/health/ready`);
  const { checks, reasons } = (await response.json()) as Ready;
  return { status: response.status, checks, ...(reasons ? { reasons } : {}) };
}

/** Asks until the response changes. */
const readyOnce = (url: string, holds: (answer: Ready) => boolean) => until(() => ready(url), holds);

describe('/health/ready', () => {
  let gatehouse: Instance;
  beforeAll(async () => {
    gatehouse = await startInstance({ env: { HASH_AT_ONCE: '1', HASH_QUEUE: '1', HASH_DEADLINE_SECONDS: '25' } });
  });
  afterAll(() => gatehouse.close());

  it('names what it looked at', async () => {
    const checks = { database: 'ok', keyValue: 'ok', keys: 'ok', hashing: 'ok' };
    expect(await ready(gatehouse.url)).toEqual({ status: 200, checks });
  });

  if (!SHOWS_PROCESSES) skipped('needs a system that shows its processes');
  else {
    it('is 503 while what hashes hangs, and 200 while its queue is full: a flood takes no replica out', async () => {
      const [hashing] = hashingProcesses();
      process.kill(hashing!, 'SIGSTOP');
      try {
        expect(await ready(gatehouse.url)).toMatchObject({ status: 503, checks: { hashing: 'unavailable' } });
        const logins = ['one', 'two'].map((name) => gatehouse.client.tryLogin(name, 'not the password'));
        const flooded = await readyOnce(gatehouse.url, ({ status }) => status === 200);
        expect(flooded).toMatchObject({
          status: 200,
          checks: { hashing: 'stale' },
          reasons: { hashing: 'the queue is full' },
        });
        process.kill(hashing!, 'SIGCONT');
        for (const { refusal } of await Promise.all(logins)) expect(refusal).toBe('UNAUTHENTICATED');
      } finally {
        process.kill(hashing!, 'SIGCONT');
      }
      expect((await ready(gatehouse.url)).checks['hashing']).toBe('ok');
    });

    it('is 200 again when what hashes was replaced', async () => {
      const [hashing] = hashingProcesses();
      process.kill(hashing!, 'SIGKILL');
      const again = await readyOnce(
        gatehouse.url,
        ({ status }) => status === 200 && !hashingProcesses().includes(hashing!),
      );
      expect(again).toMatchObject({ status: 200, checks: { hashing: 'ok' } });
    });
  }
});

describe('readiness', () => {
  it('is 503 where a store hangs, and says which', async () => {
    const hangs = () => new Promise<void>(() => undefined);
    const app = express().use(health({ database: hangs, keyValue: async () => {} }, createLog('info', logFile())));
    const server = createServer(app).listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const { port } = server.address() as AddressInfo;
      const checks = { database: 'unavailable', keyValue: 'ok' };
      expect(await ready(`http://127.0.0.1:${port}`)).toEqual({ status: 503, checks });
    } finally {
      server.close();
    }
  });

  it('ends where the keys were not read for a while: one that leaked and was retired counts here still', async () => {
    let isAway = false;
    const run = async () => {
      if (isAway) throw new Error('away');
      return [[], new Map()] as never;
    };
    const keys = await openKeys(
      { run },
      { secrets: ['a secret of the tests, 32 bytes or more'], algorithm: 'HS256' },
      systemClock,
    );
    const check = keysCheck(keys);
    expect(await check()).toEqual({ state: 'ok' });
    const later = performance.now() + 4 * REFRESH_MS + 1_000;
    const clock = jest.spyOn(performance, 'now').mockReturnValue(later);
    try {
      isAway = true;
      await keys.refresh().catch(() => undefined);
      expect(await check()).toMatchObject({ state: 'unavailable' });
      isAway = false;
      await keys.refresh();
      expect(await check()).toEqual({ state: 'ok' });
    } finally {
      clock.mockRestore();
    }
  });
});
