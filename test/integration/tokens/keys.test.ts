import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeProtectedHeader } from 'jose';
import { systemClock } from '../../../src/kernel/clock.ts';
import { createRefreshTokens } from '../../../src/sessions/refresh_token.ts';
import { createSigningKeys } from '../../../src/application/foundation/signing_keys.ts';
import { createAccessTokens } from '../../../src/tokens/access_token.ts';
import type { JwsAlgorithm } from '../../../src/kernel/jws.ts';
import { openKeys } from '../../../src/keys/keys.ts';
import { SigningKeyEntity } from '../../../src/keys/signing_key.entity.ts';
import { describeOnStores, type Instance, startInstance } from '../../support/instance.ts';
import { openStores, type OpenStores, SECRET } from '../../support/open_stores.ts';

const NEW_SECRET = 'the secret that replaces the leaked one';
const ALGORITHMS: readonly JwsAlgorithm[] = ['HS256', 'RS256', 'ES256', 'EdDSA'];
const PRIVATE_PARTS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'];
const CONFIG = { accessTokenSeconds: 1800, issuer: 'https://auth.example', audience: 'gatehouse' };

describeOnStores('keys', (stores) => {
  let open: OpenStores;
  beforeAll(async () => {
    open = await openStores(stores);
  });
  afterAll(() => open.close());

  /** Returns the access tokens of a server that starts now. */
  const start = async (algorithm: JwsAlgorithm, secrets: readonly string[] = [SECRET]) => {
    await createSigningKeys({ database: open.database, clock: systemClock }, { secrets, algorithm }).prepare();
    const keys = await openKeys(open.database, { secrets, algorithm }, systemClock);
    const tokens = createAccessTokens(keys, CONFIG, systemClock);
    const subject = { sub: 'kandi', role: 'user', sid: randomUUID(), scope: '' };
    const issue = () => tokens.issue(subject, new Date(), new Date(Date.now() + 86_400_000));
    return { keys, issue: async () => (await issue()).token, verify: tokens.verify };
  };
  const stored = () => open.database.run((db) => db.find(SigningKeyEntity, {}));

  it('are made once by replicas that start together, and shared', async () => {
    const replicas = await Promise.all(Array.from({ length: 4 }, () => start('RS256')));
    expect((await stored()).map(({ state }) => state).toSorted()).toEqual(['current', 'next']);
    const token = await replicas[0]!.issue();
    for (const { verify } of replicas) expect((await verify(token)).sub).toBe('kandi');
  });

  it('keep their private halves to themselves, in the database and in the JWKS', async () => {
    await start('RS256');
    const [row] = await stored();
    expect(Buffer.from(row!.sealedPrivateJwk).toString('latin1')).not.toMatch(/kty|"[dpq]":/);
    for (const algorithm of ALGORITHMS) {
      const { keys } = await start(algorithm);
      for (const jwk of keys.jwks.keys) {
        expect(jwk).toMatchObject({
          kid: expect.any(String),
          alg: expect.stringMatching(/^(RS256|ES256|EdDSA)$/),
          use: 'sig',
        });
        expect(PRIVATE_PARTS.filter((part) => part in jwk)).toEqual([]);
      }
    }
  });

  it.each(ALGORITHMS.flatMap((from) => ALGORITHMS.filter((to) => to !== from).map((to) => [from, to] as const)))(
    'are still valid for %s after a start with %s',
    async (from, to) => {
      const token = await (await start(from)).issue();
      expect(decodeProtectedHeader(token).alg).toBe(from);
      const after = await start(to);
      expect((await after.verify(token)).sub).toBe('kandi');
      expect(decodeProtectedHeader(await after.issue()).alg).toBe(to);
    },
  );

  it.each(ALGORITHMS)('are the same for %s after every start', async (algorithm) => {
    const [first, second] = [await start(algorithm), await start(algorithm)];
    expect(second.keys.signing.kid).toBe(first.keys.signing.kid);
    expect(second.keys.jwks).toEqual(first.keys.jwks);
  });

  it("stop the start if they cannot be decrypted, with the secret's variable and not its value", async () => {
    const { keys } = await start('ES256');
    for (const algorithm of ALGORITHMS) {
      const error = await start(algorithm, [NEW_SECRET]).catch((thrown: unknown) => thrown);
      expect(String(error)).toMatch(/^Error: .*JWT_SECRET_KEY\b.*JWT_SECRET_KEY_PREVIOUS/);
      expect(String(error)).not.toMatch(new RegExp(`${SECRET}|${NEW_SECRET}`));
    }
    expect((await stored()).map(({ kid }) => kid)).toContain(keys.signing.kid);
  });

  it('still verify and decrypt with the previous secret, while new tokens use the new one', async () => {
    const [shared, pair] = [await (await start('HS256')).issue(), await (await start('RS256')).issue()];
    for (const algorithm of ALGORITHMS) {
      const { verify, issue } = await start(algorithm, [NEW_SECRET, SECRET]);
      for (const token of [shared, pair, await issue()]) expect((await verify(token)).sub).toBe('kandi');
    }
    const renewed = await (await start('HS256', [NEW_SECRET, SECRET])).issue();
    const behind = await start('HS256');
    await expect(behind.verify(renewed)).rejects.toMatchObject({ code: 'UNAUTHENTICATED', reason: 'INVALID' });
  });
});

describe('refresh tokens', () => {
  it('are recognised with the previous secret, and not after it is removed', () => {
    const { text, sessionId } = createRefreshTokens([SECRET]).mint(randomUUID(), 0);
    const both = createRefreshTokens([NEW_SECRET, SECRET]);
    expect(both.parse(text)).toMatchObject({ sessionId, generation: 0, genuine: true });
    expect(createRefreshTokens([NEW_SECRET]).parse(text)).toMatchObject({ sessionId, genuine: false });
    const renewed = both.mint(sessionId, 1).text;
    expect(createRefreshTokens([NEW_SECRET]).parse(renewed)).toMatchObject({ generation: 1, genuine: true });
    expect(createRefreshTokens([SECRET]).parse(renewed)).toMatchObject({ generation: 1, genuine: false });
  });
});

describeOnStores('a server started again', (stores) => {
  const REPLACED = { JWT_SECRET_KEY: NEW_SECRET, JWT_SECRET_KEY_PREVIOUS: SECRET };
  let first: Instance;
  beforeAll(async () => {
    first = await startInstance({ stores, env: { JWT_ISSUER: CONFIG.issuer, JWT_SECRET_KEY: SECRET } });
  });
  afterAll(() => first.close());

  it.each([
    ['with another algorithm', {}, { ALGORITHM: 'RS256' }],
    ['with another algorithm again', { ALGORITHM: 'RS256' }, {}],
    ['with another secret, the old one beside it', {}, REPLACED],
    ['with another secret, for an asymmetric key', { ALGORITHM: 'RS256' }, { ALGORITHM: 'RS256', ...REPLACED }],
  ])('%s ends no session', async (_name, envBefore, envAfter) => {
    const before = await first.replica(envBefore);
    const { accessToken, refreshToken } = await before.client.login(first.admin.username, first.admin.password);
    await before.stop();
    const after = await first.replica(envAfter);
    expect((await after.client.me(accessToken)).refusal).toBeUndefined();
    expect((await after.client.refresh(refreshToken)).refusal).toBeUndefined();
    await after.stop();
  });

  it('with another secret alone does not start', async () => {
    await (await first.replica({ ALGORITHM: 'RS256' })).stop();
    await expect(first.replica({ JWT_SECRET_KEY: NEW_SECRET })).rejects.toThrow(/stored with another JWT_SECRET_KEY/);
  });
});
