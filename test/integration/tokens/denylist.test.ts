import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { Refusal } from '../../../src/kernel/errors.ts';
import type { KeyValue } from '../../../src/store/keyvalue/keyvalue.ts';
import type { Generation } from '../../../src/store/state_cache/state_cache.ts';
import { createDenylist, type Denial } from '../../../src/tokens/denylist.ts';
import { RevocationEntity } from '../../../src/tokens/revocation.entity.ts';
import { describeOnStores } from '../../support/instance.ts';
import { openStores, type OpenStores } from '../../support/open_stores.ts';

/** The leeway, plus the time by which a clock may be set back. */
const LEEWAY_MS = 125_000;
const MINUTE = 60_000;
const away = () => Promise.reject(new Refusal('SERVICE_UNAVAILABLE'));

describeOnStores('denylist', (stores) => {
  const now = Date.now();
  const clock = () => now;
  let open: OpenStores;
  beforeAll(async () => {
    open = await openStores(stores, clock);
  });
  afterAll(() => open.close());

  let claims: { sid: string; jti: string };
  let session: Denial;
  beforeEach(() => {
    claims = { sid: randomUUID(), jti: randomUUID() };
    session = { subject: `sid:${claims.sid}`, until: new Date(now + MINUTE) };
  });

  const denylist = (database: Pick<OpenStores['database'], 'run'> = open.database) => createDenylist(database, clock);
  /** Asks for these claims as a request does. */
  const denies = async (list = denylist(), keyValue = open.keyValue) =>
    list.resolve(claims, await keyValue.getMany(list.keys(claims)));
  const commit = (denials: readonly Denial[], generation: Generation = open.keyValue) =>
    open.database.transaction((db) => denylist().announce(db, generation, denials));
  const publish = (denials: readonly Denial[], generation: Generation = open.keyValue) =>
    denylist().publish(generation, denials);
  const rows = () => open.database.run((db) => db.count(RevocationEntity, { subject: session.subject }));

  it('does not deny by default', async () => {
    expect(await denies()).toBe(false);
  });

  it('denies nothing that was announced and rolled back', async () => {
    const failure = new Error('the change did not come about');
    const change = open.database.transaction(async (db) => {
      await denylist().announce(db, open.keyValue, [session]);
      throw failure;
    });
    await expect(change).rejects.toBe(failure);
    // The mark exists, and only says that PostgreSQL must be asked.
    expect(await open.keyValue.getMany(denylist().keys(claims))).not.toEqual([null, null]);
    expect(await denies()).toBe(false);
  });

  it('denies what was announced and committed, before it is published', async () => {
    await commit([session]);
    expect(await denies()).toBe(true);
  });

  it('denies what is published, and still does after a later change of it was rolled back', async () => {
    await commit([session]);
    await publish([session]);
    expect(await denies()).toBe(true);
    await open.database
      .transaction(async (db) => {
        await denylist().announce(db, open.keyValue, [session]);
        throw new Error('rolled back');
      })
      .catch(() => {});
    expect(await denies()).toBe(true);
  });

  it('asks PostgreSQL about a pending denial alone', async () => {
    const unreachable = denylist({ run: away });
    expect(await denies(unreachable)).toBe(false);
    await commit([session]);
    await expect(denies(unreachable)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    await publish([session]);
    expect(await denies(unreachable)).toBe(true);
  });

  it.each(['sid', 'jti'] as const)('denies by %s, and does not deny others', async (name) => {
    const denial: Denial = { ...session, subject: `${name}:${claims[name]}` };
    await commit([denial]);
    for (const then of [async () => {}, () => publish([denial])]) {
      await then();
      expect(await denies()).toBe(true);
      const other = { ...claims, [name]: randomUUID() };
      const list = denylist();
      expect(await list.resolve(other, await open.keyValue.getMany(list.keys(other)))).toBe(false);
    }
  });

  it('keeps a denial for as long as a token would count, leeway included', async () => {
    const lives: number[] = [];
    const setMany: KeyValue['setMany'] = async (entries) => {
      lives.push(...entries.map(({ ttlMs }) => ttlMs));
      await open.keyValue.setMany(entries);
    };
    const generation = { ...open.keyValue, setMany };
    const denial = (until: number): Denial => ({ subject: `jti:${randomUUID()}`, until: new Date(until) });
    const denials = [
      denial(now + MINUTE),
      denial(now - LEEWAY_MS + 1),
      denial(now - LEEWAY_MS),
      denial(now - LEEWAY_MS - MINUTE),
    ];
    await publish(await commit(denials, generation), generation);
    expect(lives).toEqual([MINUTE + LEEWAY_MS, 1, MINUTE + LEEWAY_MS, 1]);
    const row = await open.database.run((db) => db.findOneOrFail(RevocationEntity, { subject: denials[0]!.subject }));
    expect(row.expiresAt.getTime()).toBe(now + MINUTE + LEEWAY_MS);
  });

  it('commits nothing that could not be announced', async () => {
    await expect(commit([session], { ...open.keyValue, setMany: away })).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    });
    expect(await rows()).toBe(0);
    expect(await denies()).toBe(false);
  });

  it('is never shortened by another denial of the same subject', async () => {
    const [longer, shorter] = [session, { ...session, until: new Date(now + 1_000) }];
    await publish(await commit([longer]));
    const [standing] = await commit([shorter]);
    expect(standing).toEqual(longer);
    const row = await open.database.run((db) => db.findOneOrFail(RevocationEntity, { subject: session.subject }));
    expect(row.expiresAt.getTime()).toBe(now + MINUTE + LEEWAY_MS);
  });

  it('revives nothing in a generation that is made anew', async () => {
    const leeway: Denial = { subject: `jti:${claims.jti}`, until: new Date(now - LEEWAY_MS + 1_000) };
    const over: Denial = { subject: `jti:${randomUUID()}`, until: new Date(now - LEEWAY_MS) };
    for (const denial of [session, leeway, over]) {
      const [sid, jti] = [claims.sid, claims.jti];
      claims = denial === session ? { sid, jti: randomUUID() } : { sid: randomUUID(), jti: denial.subject.slice(4) };
      await commit([denial]);
      await publish([denial]);

      const keyValue = await open.emptied();
      expect(await denies(denylist(), keyValue)).toBe(false);
      await open.database.transaction((db) => denylist().fill(db, keyValue));
      expect(await denies(denylist(), keyValue)).toBe(denial !== over);
      claims = { sid, jti };
    }
  });
});
