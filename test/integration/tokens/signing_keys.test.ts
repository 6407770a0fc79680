import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { calculateJwkThumbprint, decodeProtectedHeader, exportJWK, generateKeyPair, importJWK, SignJWT } from 'jose';
import { AuditEventEntity } from '../../../src/audit/audit_event.entity.ts';
import { Refusal } from '../../../src/kernel/errors.ts';
import type { Invocation } from '../../../src/kernel/actor.ts';
import { createAccessTokens } from '../../../src/tokens/access_token.ts';
import { PUBLISHED_SECONDS, RETIRING_SECONDS } from '../../../src/keys/key_states.ts';
import { openKeys } from '../../../src/keys/keys.ts';
import { type SigningKey, SigningKeyEntity } from '../../../src/keys/signing_key.entity.ts';
import { describeOnStores } from '../../support/instance.ts';
import { createKeyRing, NEW_SECRET, TOKENS } from '../../support/key_ring.ts';
import { type OpenStores, SECRET } from '../../support/open_stores.ts';

const OPERATOR: Invocation = {
  actor: { kind: 'operator', name: 'operator' },
  request: { address: 'localhost', userAgent: null, requestId: 'cli' },
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
    later(2);
    await manage().rotateAfter(0);
    const after = await states();
    expect(after['current']).toEqual(before['next']);
    await manage().rotate(OPERATOR, true);
    expect((await states())['current']).toEqual(after['next']);
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
      run: ((work) => {
        reads += 1;
        return ring.database.run(work);
      }) as typeof ring.database.run,
    };
    const keys = await openKeys(counting, { secrets: [SECRET], algorithm: 'ES256' }, clock);
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
      run: ((work) =>
        away
          ? Promise.reject(new Refusal('SERVICE_UNAVAILABLE'))
          : ring.database.run(work)) as OpenStores['database']['run'],
    };
    await manage().prepare();
    const tokens = createAccessTokens(
      await openKeys(database, { secrets: [SECRET], algorithm: 'ES256' }, clock),
      TOKENS,
      clock,
    );
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
    expect(await manage('ES256', [NEW_SECRET, SECRET]).rewrap(OPERATOR)).toEqual({ keys: 2, totpSecrets: 0 });
    const { accepts, sign } = await start('ES256', [NEW_SECRET]);
    expect(await accepts(token)).toBe(true);
    expect(kidOf(await sign())).toBe(kidOf(token));
    await expect(start('ES256', [SECRET])).rejects.toThrow(/stored with another JWT_SECRET_KEY/);
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
    await expect(start()).rejects.toThrow(/does not match its key id/);
  });

  it.each([
    ['cut short', (sealed: Buffer) => sealed.subarray(0, 20)],
    ['empty', () => Buffer.alloc(0)],
    ['with one bit changed', (sealed: Buffer) => Buffer.from(sealed.map((byte, at) => (at === 30 ? byte ^ 1 : byte)))],
  ])('stops the start where its row is damaged: %s', async (_how, damage) => {
    await start();
    await change((row) => void (row.sealedPrivateJwk = damage(Buffer.from(row.sealedPrivateJwk))));
    for (const algorithm of ['ES256', 'HS256'] as const) {
      await expect(start(algorithm)).rejects.toThrow(/^The stored signing key \S+ cannot be decrypted/);
    }
  });

  it('keeps signing and verifying where a row goes bad while it runs', async () => {
    const replica = await start();
    const token = await replica.sign();
    await change((row) => void (row.sealedPrivateJwk = Buffer.alloc(64)));
    await expect(replica.keys.refresh()).rejects.toThrow(/cannot be decrypted/);
    expect(await replica.accepts(token)).toBe(true);
    expect(await replica.accepts(await replica.sign())).toBe(true);
  });

  describe('is written down', () => {
    const ITSELF = { actor: null, address: 'localhost', requestId: 'server' };
    const BY_THE_OPERATOR = { actor: 'cli:operator', address: 'localhost', requestId: 'cli' };
    const told = (by: object, type: string, kid: string, alg = 'ES256') => ({
      ...by,
      type,
      subject: `key:${kid}`,
      detail: { alg },
    });
    /** Returns the audit events of one action. */
    async function eventsOf(deed: () => Promise<unknown>) {
      later(1);
      const since = new Date(clock());
      await deed();
      const events = await ring.database.run((db) => db.find(AuditEventEntity, { at: { $gte: since } }));
      return events.map(({ type, actor, subject, detail, address, requestId }) => ({
        ...{ type, actor, subject, detail, address, requestId },
      }));
    }
    const expectEvents = (found: readonly object[], expected: readonly object[]) => {
      expect(found).toHaveLength(expected.length);
      expect(found).toEqual(expect.arrayContaining([...expected]));
    };

    it('by the server that makes what is missing, once', async () => {
      const made = await eventsOf(() => start());
      const { next, current } = await states();
      expectEvents(made, [told(ITSELF, 'key.created', next![0]!), told(ITSELF, 'key.created', current![0]!)]);
      expect(await eventsOf(() => start())).toEqual([]);
    });

    it('with the keys of a rotation, by an operator or by the server', async () => {
      await start();
      for (const [by, rotate] of [
        [BY_THE_OPERATOR, () => manage().rotate(OPERATOR)],
        [ITSELF, () => manage().rotateAfter(0)],
      ] as const) {
        const before = await states();
        later(PUBLISHED_SECONDS);
        const events = await eventsOf(rotate);
        const after = await states();
        expect(after['current']).toEqual(before['next']);
        expectEvents(events, [
          told(by, 'key.rotated', before['next']![0]!),
          told(by, 'key.created', after['next']![0]!),
        ]);
      }
    });

    it('with what a rotation makes where nothing was prepared', async () => {
      const events = await eventsOf(() => manage().rotate(OPERATOR, true));
      const { next, current, retiring } = await states();
      expectEvents(events, [
        ...[next, current, retiring].map((kids) => told(BY_THE_OPERATOR, 'key.created', kids![0]!)),
        told(BY_THE_OPERATOR, 'key.rotated', current![0]!),
      ]);
    });

    it('with the next key of another algorithm, which a rotation removes', async () => {
      await start('ES256');
      const { next } = await states();
      await start('RS256');
      const events = await eventsOf(() => manage('RS256').rotate(OPERATOR, true));
      const removed = events.filter(({ type }) => type === 'key.retired');
      expect(removed).toEqual([told(BY_THE_OPERATOR, 'key.retired', next![0]!)]);
      expect(events.filter(({ type }) => type !== 'key.retired').map(({ detail }) => detail)).toEqual(
        Array(2).fill({ alg: 'RS256' }),
      );
    });

    it('with what takes the place of a key that is retired, and with nothing where none has to', async () => {
      await start();
      await manage().rotate(OPERATOR, true);
      const retire = async (state: string) => {
        const kid = (await states())[state]![0]!;
        const before = (await manage().list()).map((key) => key.kid);
        const events = await eventsOf(() => manage().retire(kid, OPERATOR));
        const made = (await manage().list()).map((key) => key.kid).filter((one) => !before.includes(one));
        expectEvents(events, [
          told(BY_THE_OPERATOR, 'key.retired', kid),
          ...made.map((one) => told(BY_THE_OPERATOR, 'key.created', one)),
        ]);
        return made.length;
      };
      expect(await retire('retiring')).toBe(0);
      expect(await retire('current')).toBe(1);
      expect(await retire('next')).toBe(1);
      const { current } = await states();
      // While another algorithm signs, there is no gap to close.
      expect(await eventsOf(() => manage('RS256').retire(current![0]!, OPERATOR))).toHaveLength(1);
    });

    it('by the server that forgets what has retired', async () => {
      await start();
      await manage().rotate(OPERATOR, true);
      const { retiring } = await states();
      later(RETIRING_SECONDS);
      expect(await eventsOf(() => manage().clean())).toEqual([told(ITSELF, 'key.retired', retiring![0]!)]);
      expect(await eventsOf(() => manage().clean())).toEqual([]);
    });

    it('sealed anew, all at once, where there are any', async () => {
      expect(await eventsOf(() => manage().rewrap(OPERATOR))).toEqual([]);
      await start();
      await manage().retire((await states())['current']![0]!, OPERATOR);
      expect(await eventsOf(() => manage().rewrap(OPERATOR))).toEqual([
        { ...BY_THE_OPERATOR, type: 'keys.rewrapped', subject: 'key:*', detail: null },
      ]);
    });
  });

  it('has the thumbprint of its public half for an id', async () => {
    const { keys } = await start();
    for (const jwk of keys.jwks.keys) expect(jwk.kid).toBe(await calculateJwkThumbprint(jwk));
    expect(keys.jwks.keys).toHaveLength(2);
  });
});
