import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { diagnoseConfiguration } from '../../../src/cli/doctor/configuration.ts';
import { compareClocks, lookAtAll, type Look } from '../../../src/cli/doctor/finding.ts';
import { lookAtKeys } from '../../../src/cli/doctor/keys.ts';
import { lookAtProxy } from '../../../src/cli/doctor/proxy.ts';
import { lookAtPublicUrl } from '../../../src/cli/doctor/public_url.ts';
import { readConfig } from '../../../src/config/config.ts';
import { systemClock } from '../../../src/kernel/clock.ts';
import { createSigningKeys } from '../../../src/application/foundation/signing_keys.ts';
import { backend, skipped } from '../../support/store_servers.ts';
import { startInstance } from '../../support/instance.ts';
import { openStores, type OpenStores } from '../../support/open_stores.ts';

const [OLD, NEW] = ['the old secret of the tests, 32 bytes and more', 'the new secret of the tests, 32 bytes and more'];
const states = (findings: readonly { state: string }[]) => findings.map(({ state }) => state);
const look = async (looks: readonly Look[]) => lookAtAll(looks, new Set());

describe('the keys', () => {
  let stores: OpenStores;
  beforeAll(async () => {
    stores = await openStores();
    const { database } = stores;
    await createSigningKeys({ database, clock: systemClock }, { secrets: [OLD], algorithm: 'ES256' }).prepare();
  });
  afterAll(() => stores.close());

  it.each<[string, string[], string[]]>([
    ['open', [OLD], ['ok']],
    ['open under the previous secret alone', [NEW, OLD], ['warn', 'ok']],
    ['need no previous secret that is still set', [OLD, NEW], ['note', 'ok']],
    ['do not open', [NEW], ['fail', 'ok']],
  ])('%s', async (_what, [key = '', previous], expected) => {
    const config = { tokens: { algorithm: 'ES256', keyRotationDays: 90 }, secret: { key, previous } };
    const secrets = [key, ...(previous === undefined ? [] : [previous])];
    expect(states(await lookAtKeys(config as never, stores.database, secrets))).toEqual(expected);
  });
});

describe('the proxy', () => {
  it.each<[string, Record<string, string>, string]>([
    ['half the world is believed', { TRUST_PROXY: '10.0.0.0/8,128.0.0.0/1' }, 'fail'],
    ['one is in front, and not believed', { PUBLIC_URL: 'https://auth.example' }, 'warn'],
    ['one is in front, and believed', { PUBLIC_URL: 'https://auth.example', TRUST_PROXY: '10.0.0.1' }, 'ok'],
    ['none is in front', {}, 'ok'],
  ])('%s', async (_what, env, state) => {
    expect(states(await look(lookAtProxy(readConfig(env), false)))).toEqual([state]);
  });

  if (!backend('TEST_DATABASE_URL') || !backend('TEST_REDIS_URL')) {
    return skipped('needs TEST_DATABASE_URL and TEST_REDIS_URL');
  }
  it("is probed, because a trusted proxy that forwards a client's header lets clients choose their address", async () => {
    const instance = await startInstance({ stores: 'PostgreSQL and Redis' });
    try {
      const probe = async ({ url, env }: { url: string; env: Readonly<Record<string, string>> }) =>
        (await look(lookAtProxy(readConfig({ ...env, PUBLIC_URL: url }), true))).at(-1);
      expect(await probe(instance)).toMatchObject({ state: 'ok', says: expect.stringContaining('saw 127.0.0.1') });
      // A request that reaches this replica directly comes from an address that it trusts.
      const credulous = await instance.replica({ TRUST_PROXY: '127.0.0.1' });
      expect(await probe(credulous)).toMatchObject({ state: 'fail', says: expect.stringContaining('chooses its own') });
      await credulous.stop();
    } finally {
      await instance.close();
    }
  });
});

describe('PUBLIC_URL', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-doctor-'));
  const [key, cert] = [join(folder, 'key'), join(folder, 'cert')];
  let server: Server | undefined;
  beforeAll(async () => {
    const subject = ['-subj', '/CN=127.0.0.1', '-days', '3'];
    try {
      const words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', ...subject];
      execFileSync('openssl', [...words, '-keyout', key, '-out', cert], { stdio: 'pipe' });
    } catch {
      return;
    }
    server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_request, response) => response.end());
    await once(server.listen(0, '127.0.0.1'), 'listening');
  });
  afterAll(() => {
    server?.close();
    rmSync(folder, { recursive: true });
  });
  const publicUrl = (url: string) => look(lookAtPublicUrl({ http: { publicUrl: url } } as never));

  it('has a certificate that clients refuse', async () => {
    // Without openssl for a certificate, no server listens.
    const port = server ? (server.address() as AddressInfo).port : 1;
    const findings = await publicUrl(`https://127.0.0.1:${port}`);
    const certificate = findings.find(({ check }) => check === 'certificate');
    expect(certificate).toMatchObject(
      server ? { state: 'fail', says: expect.stringContaining('refuse') } : { state: 'warn' },
    );
  });

  it('is not ours', async () => {
    const { createServer: createPlain } = await import('node:http');
    const other = createPlain((_request, response) => response.end('{}'));
    await once(other.listen(0, '127.0.0.1'), 'listening');
    const [finding] = await publicUrl(`http://127.0.0.1:${(other.address() as AddressInfo).port}`);
    other.close();
    expect(finding).toMatchObject({ state: 'fail', says: expect.stringContaining('not Gatehouse') });
  });

  it('does not answer, where no server runs yet', async () => {
    expect(states(await publicUrl('http://127.0.0.1:1'))).toEqual(['warn']);
  });

  it('has a name that leads nowhere: what was not reached is not called closed', async () => {
    expect(await publicUrl('https://gatehouse.invalid')).toMatchObject([
      { check: 'PUBLIC_URL', state: 'warn', todo: expect.stringContaining('DNS') },
      { check: 'certificate', state: 'warn', todo: expect.stringContaining('DNS') },
      { check: 'http', state: 'note', says: expect.stringContaining('not checked') },
    ]);
  });
});

describe('everything', () => {
  it('is looked at by itself: what throws hides nothing else, and a faulty variable only what goes by it', async () => {
    const looks: Look[] = [
      { check: 'one', needs: [], otherwise: () => 'Do this.', run: () => Promise.reject(new Error('it is away')) },
      { check: 'two', needs: ['REDIS_URL'], run: async () => [] },
      { check: 'three', needs: ['PORT'], run: async () => [{ check: 'three', state: 'ok', says: 'fine' }] },
    ];
    expect(await lookAtAll(looks, new Set(['REDIS_URL_FILE']))).toEqual([
      { check: 'one', state: 'fail', says: 'it is away', todo: 'Do this.' },
      { check: 'two', state: 'note', says: 'not checked: REDIS_URL is invalid' },
      { check: 'three', state: 'ok', says: 'fine' },
    ]);
  });

  it.each([
    [0, 'ok'],
    [4_000, 'ok'],
    [-30_000, 'warn'],
    [120_000, 'fail'],
  ])('goes by one time: a clock that is %i ms off is %s', (off, state) => {
    expect(compareClocks('database', 1_000_050 + off, [1_000_000, 1_000_100])).toMatchObject({ state });
    // A slow comparison proves no difference: the response may be as old as the request took.
    expect(
      compareClocks('database', 1_000_000 + off, [1_000_000 + off - 200_000, 1_000_000 + off + 200_000]).state,
    ).toBe('ok');
  });

  it('has every fault of the environment told', () => {
    const before = { ...process.env };
    Object.assign(process.env, { PORT: 'x', ARGON2_MEMORY_KIB: 'much' });
    try {
      const { config, unusable, findings } = diagnoseConfiguration(tmpdir());
      expect([...unusable]).toEqual(expect.arrayContaining(['PORT', 'ARGON2_MEMORY_KIB']));
      expect(states(findings)).toEqual(['fail', 'fail']);
      expect(config?.http.port).toBe(4000);
    } finally {
      process.env = before;
    }
  });
});
