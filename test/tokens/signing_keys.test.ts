import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { calculateJwkThumbprint, decodeProtectedHeader, exportJWK, generateKeyPair, importJWK, SignJWT } from 'jose';
import { AuditEventEntity } from '../../src/audit/audit_event.entity.ts';
import { Refusal } from '../../src/kernel/errors.ts';
import type { Asker } from '../../src/signin/signing_keys.ts';
import { createAccessTokens } from '../../src/tokens/access_token.ts';
import { PUBLISHED_SECONDS, RETIRING_SECONDS } from '../../src/tokens/key_states.ts';
import { openKeys } from '../../src/tokens/keys.ts';
import { type SigningKey, SigningKeyEntity } from '../../src/tokens/signing_key.entity.ts';
import { describeOnStores } from '../support/instance.ts';
import { createKeyRing, NEW_SECRET, TOKENS } from '../support/key_ring.ts';
import { type OpenStores, SECRET } from '../support/stores.ts';

const OPERATOR: Asker = {
  actor: 'cli:operator',
  origin: { address: 'localhost', userAgent: null, requestId: 'cli' },
};

describeOnStores('the life of a signing key', (stores) => {
  const ring = createKeyRing(stores);
  const { clock, later, manage, start } = ring;
  beforeAll(ring.open);
  afterAll(ring.close);
  beforeEach(ring.clear);

  async function states(): Promise<Record<string, string[]>> {
    const found: Record<string, string[]> = { next: [], current: [], retiring: [] };
    for (const { kid, state } of await manage().list()) found[state]!.push(kid);
    return found;
  }
  const kidOf = (token: string) => decodeProtectedHeader(token).kid!;
  const change = (alter: (row: SigningKey) => void) =>
    ring.database.transaction(async (db) => {
      for (const row of await db.find(SigningKeyEntity, {})) alter(row);
    });

  it('begins with one that signs and one that is published before it does', async () => {
    const { sign, published } = await start();
    const { next, current, retiring } = await states();
    expect([next!.length, current!.length, retiring]).toEqual([1, 1, []]);
    expect(kidOf(await sign())).toBe(current![0]);
    expect(published().toSorted()).toEqual([...next!, ...current!].toSorted());
  });

  it('goes on to signing, verifying, and being gone', async () => {
    const replica = await start();
    const before = await states();
    const old = await replica.sign();
    later(PUBLISHED_SECONDS);
    await manage().rotate(OPERATOR);
    await replica.keys.refresh();

    const after = await states();
    expect(after).toMatchObject({ current: before['next'], retiring: before['current'] });
    expect(after['next']).toHaveLength(1);
    expect(kidOf(await replica.sign())).toBe(before['next']![0]);
    expect(await replica.accepts(old)).toBe(true);
    expect(replica.published()).toHaveLength(3);

    later(RETIRING_SECONDS - 1);
    await manage().clean();
    expect((await states())['retiring']).toEqual(before['current']);
    later(2);
    await manage().clean();
    await replica.keys.refresh();
    expect(await states()).toEqual({ ...after, retiring: [] });
    expect(await replica.accepts(old)).toBe('INVALID');
  });

  it('never signs before every cache can know it, unless somebody is in a hurry', async () => {
    await start();
    const before = await states();
    for (const seconds of [0, PUBLISHED_SECONDS - 2]) {
      later(seconds);
      await expect(manage().rotate(OPERATOR)).rejects.toMatchObject({ code: 'CONFLICT' });
      await manage().rotateAfter(0);
    }
    expect(await states()).toEqual(before);
    await manage().rotate(OPERATOR, true);
    expect((await states())['current']).toEqual(before['next']);
  });

  it('ends by the calendar, once', async () => {
    await start();
    const before = await states();
    later(89 * 86_400);
    await manage().rotateAfter(90);
    expect(await states()).toEqual(before);
    later(86_400);
    await Promise.all([manage().rotateAfter(90), manage().rotateAfter(90)]);
    const { current, retiring } = await states();
    expect({ current, retiring }).toEqual({ current: before['next'], retiring: before['current'] });
  });

  it('is known at once to a replica that has not read it yet', async () => {
    const behind = await start();
    await manage().rotate(OPERATOR, true);
    await manage().rotate(OPERATOR, true);
    const ahead = await start();
    expect(await behind.accepts(await ahead.sign())).toBe(true);
  });

  it('is looked for no more than once a second, whatever ids strangers make up', async () => {
    await manage().prepare();
    let reads = 0;
    const counting = {
      read: ((work) => {
        reads += 1;
        return ring.database.read(work);
      }) as typeof ring.database.read,
    };
    const keys = await openKeys(counting, [SECRET], 'ES256', clock);
    later(5);
    reads = 0;
    const made = () => randomUUID().replaceAll('-', '').padEnd(43, 'x');
    const found = await Promise.all(Array.from({ length: 100 }, async () => keys.verifying(made())));
    expect(found).toEqual(Array(100).fill(undefined));
    await keys.verifying(made());
    expect(reads).toBe(1);
    later(1);
    await keys.verifying(made());
    expect(reads).toBe(2);
    await keys.verifying('no thumbprint');
    expect(reads).toBe(2);
  });

  it('is not judged while the database is away', async () => {
    let away = false;
    const database = {
      read: ((work) =>
        away
          ? Promise.reject(new Refusal('SERVICE_UNAVAILABLE'))
          : ring.database.read(work)) as OpenStores['database']['read'],
    };
    await manage().prepare();
    const tokens = createAccessTokens(await openKeys(database, [SECRET], 'ES256', clock), TOKENS, clock);
    const known = await (await start()).sign();
    later(5);
    const unknown = await (await start('RS256')).sign();
    away = true;
    expect((await tokens.verify(known)).sub).toBe('kandi');
    for (let asked = 0; asked < 2; asked++) {
      await expect(tokens.verify(unknown)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    }
    away = false;
    later(1);
    expect((await tokens.verify(unknown)).sub).toBe('kandi');
  });

  it('ends at once when it leaked', async () => {
    const replica = await start();
    const leaked = await replica.sign();
    const before = await states();
    await manage().retire(kidOf(leaked), OPERATOR);
    await replica.keys.refresh();
    expect(await replica.accepts(leaked)).toBe('INVALID');
    const after = await states();
    expect(after).toMatchObject({ current: before['next'], retiring: [] });
    expect(after['next']).toHaveLength(1);
    expect(await replica.accepts(await replica.sign())).toBe(true);
    expect(replica.published()).not.toContain(kidOf(leaked));
    await expect(manage().retire(kidOf(leaked), OPERATOR)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  it('goes on where replicas of another algorithm rotate', async () => {
    const es = await start('ES256');
    const token = await es.sign();
    const rs = await start('RS256');
    later(PUBLISHED_SECONDS);
    await manage('RS256').rotate(OPERATOR);
    await Promise.all([es.keys.refresh(), rs.keys.refresh()]);
    expect(await rs.accepts(token)).toBe(true);
    expect(await rs.accepts(await es.sign())).toBe(true);
    expect(await es.accepts(await rs.sign())).toBe(true);
  });

  it('needs none with HS256, and says so', async () => {
    const { published, sign, accepts } = await start('HS256');
    expect(published()).toEqual([]);
    expect(await accepts(await sign())).toBe(true);
    await expect(manage('HS256').rotate(OPERATOR)).rejects.toThrow('JWT_SECRET_KEY');
    await manage('HS256').rotateAfter(0);
    expect(await states()).toEqual({ next: [], current: [], retiring: [] });
  });

  it('is freed of a leaked secret without signing anybody out', async () => {
    const token = await (await start('ES256')).sign();
    expect(await manage('ES256', [NEW_SECRET, SECRET]).rewrap(OPERATOR)).toBe(2);
    const { accepts, sign } = await start('ES256', [NEW_SECRET]);
    expect(await accepts(token)).toBe(true);
    expect(kidOf(await sign())).toBe(kidOf(token));
    await expect(start('ES256', [SECRET])).rejects.toThrow(/JWT_SECRET_KEY is not the secret/);
  });

  it('is not replaced by a public key that somebody wrote into its row', async () => {
    await start();
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
    const planted = (await exportJWK(publicKey)) as Record<string, string>;
    await change((row) => void (row.publicJwk = planted));
    const { accepts, keys } = await start();
    const forged = await new SignJWT({ role: 'admin', sid: randomUUID() })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: keys.signing.kid })
      .setIssuer(TOKENS.issuer)
      .setAudience(TOKENS.audience)
      .setSubject('admin')
      .setIssuedAt(Math.floor(clock() / 1000))
      .setExpirationTime(Math.floor(clock() / 1000) + 60)
      .setJti(randomUUID())
      .sign(await importJWK(await exportJWK(privateKey), 'ES256'));
    expect(await accepts(forged)).toBe('INVALID');

    await change((row) => void (row.kid += 'x'));
    await expect(start()).rejects.toThrow(/is not the one it says/);
  });

  it.each([
    ['cut short', (sealed: Buffer) => sealed.subarray(0, 20)],
    ['empty', () => Buffer.alloc(0)],
    ['with one bit changed', (sealed: Buffer) => Buffer.from(sealed.map((byte, at) => (at === 30 ? byte ^ 1 : byte)))],
  ])('stops the start where its row is damaged: %s', async (_how, damage) => {
    await start();
    await change((row) => void (row.sealedPrivateJwk = damage(Buffer.from(row.sealedPrivateJwk))));
    for (const algorithm of ['ES256', 'HS256'] as const) {
      await expect(start(algorithm)).rejects.toThrow(/^The stored signing key \S+ does not open/);
    }
  });

  it('keeps signing and verifying where a row goes bad while it runs', async () => {
    const replica = await start();
    const token = await replica.sign();
    await change((row) => void (row.sealedPrivateJwk = Buffer.alloc(64)));
    await expect(replica.keys.refresh()).rejects.toThrow(/does not open/);
    expect(await replica.accepts(token)).toBe(true);
    expect(await replica.accepts(await replica.sign())).toBe(true);
  });

  it('is written down', async () => {
    const since = new Date(clock());
    later(1);
    await start();
    await manage().rotate(OPERATOR, true);
    const { retiring } = await states();
    await manage().retire(retiring![0]!, OPERATOR);
    await manage().rewrap(OPERATOR);
    const events = await ring.database.read((db) => db.find(AuditEventEntity, { at: { $gt: since } }));
    const told = events.map(({ type, actor, subject }) => `${type} ${actor ?? 'itself'} ${subject!.slice(0, 4)}`);
    expect(told.toSorted()).toEqual([
      // The one that comes next after the rotation.
      'key.created cli:operator key:',
      'key.created itself key:',
      'key.created itself key:',
      'key.retired cli:operator key:',
      'key.rotated cli:operator key:',
      'keys.rewrapped cli:operator key:',
    ]);
    expect(events.find(({ type }) => type === 'key.retired')!.subject).toBe(`key:${retiring![0]}`);
    for (const { kid } of await manage().list()) expect(await calculateJwkThumbprint(await jwkOf(kid))).toBe(kid);
  });

  async function jwkOf(kid: string) {
    return (await start()).keys.jwks.keys.find((jwk) => jwk.kid === kid)!;
  }
});
