import { createHmac, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { deriveKey, digest } from '../../../src/kernel/secret.ts';
import { OUTLIVED_SECONDS } from '../../../src/tokens/access_token.ts';
import type { PairAlgorithm } from '../../../src/keys/key_pair.ts';
import { describeOnStores } from '../../support/instance.ts';
import { createKeyRing, NEW_SECRET, TOKENS } from '../../support/key_ring.ts';
import { type OpenStores, SECRET } from '../../support/open_stores.ts';

const LIFETIME = TOKENS.accessTokenSeconds;
const PAIRS: readonly PairAlgorithm[] = ['RS256', 'ES256', 'EdDSA'];

describeOnStores('the key of HS256', (stores) => {
  const ring = createKeyRing(stores);
  const { clock, later, moveTo, start } = ring;
  beforeAll(ring.open);
  afterAll(ring.close);
  beforeEach(ring.clear);

  /** Makes a token from a secret alone, without the database. */
  function forge(secret = SECRET): string {
    const key = deriveKey(secret, 'access-token');
    const kid = digest(deriveKey(key, 'key-id')).toString('hex').slice(0, 16);
    const iat = Math.floor(clock() / 1000);
    const { issuer: iss, audience: aud } = TOKENS;
    const claims = { iss, aud, sub: 'kandi', role: 'admin', sid: randomUUID(), scope: '*', iat, exp: iat + LIFETIME };
    const parts = [
      { alg: 'HS256', typ: 'at+jwt', kid },
      { ...claims, jti: randomUUID() },
    ];
    const input = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
    return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`;
  }

  it.each(PAIRS)('makes no token that counts where %s has signed from the start', async (algorithm) => {
    const replica = await start(algorithm);
    expect(await replica.accepts(await replica.sign())).toBe(true);
    expect(await replica.accepts(forge())).toBe('INVALID');
    later(60);
    expect(await replica.accepts(forge())).toBe('INVALID');
    // A replica that has just started also refuses it.
    expect(await (await start(algorithm)).accepts(forge())).toBe('INVALID');
    // This proves the reason for the refusals.
    expect(await (await start('HS256')).accepts(forge())).toBe(true);
  });

  it('makes no token that counts where HS256 is configured and has signed nothing, but there itself', async () => {
    const [pairs, shared] = [await start('ES256'), await start('HS256')];
    expect(await shared.accepts(forge())).toBe(true);
    expect(await pairs.accepts(forge())).toBe('INVALID');
  });

  it.each(PAIRS)('verifies for as long as its last tokens live after a switch to %s', async (algorithm) => {
    const before = await start('HS256');
    await before.sign();
    later(86_400);
    const last = await before.sign();
    const after = await start(algorithm);
    expect(await after.accepts(last)).toBe(true);
    moveTo(Number(decodeJwt(last)['exp']) * 1000 - 1);
    expect(await after.accepts(last)).toBe(true);
    // After some minutes for tokens without a record and for clocks, the secret alone makes no valid token.
    later(300 + OUTLIVED_SECONDS + 1);
    expect(await after.accepts(forge())).toBe('INVALID');
    expect(await (await start(algorithm)).accepts(forge())).toBe('INVALID');
  });

  it('ends also for a token whose signature is remembered', async () => {
    await (await start('HS256')).sign();
    const after = await start('ES256');
    later(LIFETIME);
    const forged = forge();
    expect(await after.accepts(forged)).toBe(true);
    later(300 + OUTLIVED_SECONDS + 1);
    expect(await after.accepts(forged)).toBe('INVALID');
  });

  it('verifies everywhere while replicas of two algorithms sign side by side, whichever was first', async () => {
    const pairs = await start('ES256');
    const shared = await start('HS256');
    for (let hours = 0; hours < 6; hours += 1) {
      const [one, two] = [await shared.sign(), await pairs.sign()];
      for (const { accepts } of [pairs, shared, await start('ES256'), await start('HS256')]) {
        expect([await accepts(one), await accepts(two)]).toEqual([true, true]);
      }
      later(LIFETIME - 1);
      for (const { accepts } of [pairs, shared]) expect([await accepts(one), await accepts(two)]).toEqual([true, true]);
      later(1801);
    }
  });

  it.each(['HS256', 'ES256'] as const)(
    'verifies with the previous secret as long with %s, and not a day more',
    async (algorithm) => {
      const last = await (await start('HS256')).sign();
      const after = await start(algorithm, [NEW_SECRET, SECRET]);
      expect(await after.accepts(last)).toBe(true);
      moveTo(Number(decodeJwt(last)['exp']) * 1000 - 1);
      expect(await after.accepts(last)).toBe(true);
      later(300 + OUTLIVED_SECONDS + 1);
      expect(await after.accepts(forge())).toBe('INVALID');
      expect(await after.accepts(await after.sign())).toBe(true);
    },
  );

  it('does not verify with a previous secret that never signed', async () => {
    const after = await start('HS256', [NEW_SECRET, SECRET]);
    await after.sign();
    expect(await after.accepts(forge())).toBe('INVALID');
    expect(await after.accepts(forge(NEW_SECRET))).toBe(true);
  });

  it('is noted once in some minutes, and a note that fails holds no sign-in up', async () => {
    let asked = 0;
    let isAway = false;
    const database: OpenStores['database'] = {
      ...ring.database,
      run: (work) => {
        asked += 1;
        return isAway ? Promise.reject(new Error('away')) : ring.database.run(work);
      },
    };
    const shared = await start('HS256', [SECRET], database);
    asked = 0;
    await Promise.all(Array.from({ length: 50 }, shared.sign));
    later(240);
    await shared.sign();
    expect(asked).toBe(1);
    later(120);
    isAway = true;
    const token = await shared.sign();
    expect(await shared.accepts(token)).toBe(true);
    isAway = false;
    await shared.sign();
    expect(asked).toBe(3);
    expect(await (await start('ES256')).accepts(token)).toBe(true);
  });
});
