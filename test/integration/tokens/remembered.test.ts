/**
 * Loads the server into jest's modules: the test counts the verifications of signatures.
 * @jest-environment node
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { OpenStores } from '../../support/open_stores.ts';

// Only a mock shows how often a signature is verified.
const jose = await import('jose');
let verifications = 0;
jest.unstable_mockModule('jose', () => ({
  ...jose,
  jwtVerify: (...parameters: Parameters<typeof jose.jwtVerify>) => {
    verifications += 1;
    return jose.jwtVerify(...parameters);
  },
}));
const { createAccessTokens } = await import('../../../src/tokens/access_token.ts');
const { openKeys } = await import('../../../src/keys/keys.ts');
const { createSigningKeys } = await import('../../../src/application/foundation/signing_keys.ts');
const { openStores, SECRET } = await import('../../support/open_stores.ts');

const CONFIG = { accessTokenSeconds: 60, issuer: 'https://auth.example', audience: 'gatehouse' };
const invalid = { kind: 'CREDENTIALS', reason: 'INVALID' };

describe('a token found good', () => {
  let open: OpenStores;
  let now = Date.now();
  const clock = () => now;
  beforeAll(async () => {
    open = await openStores('embedded', clock);
  });
  afterAll(() => open.close());
  beforeEach(() => {
    verifications = 0;
  });

  async function start(algorithm: 'HS256' | 'ES256' = 'HS256') {
    const signingKeys = createSigningKeys({ database: open.database, clock }, { secrets: [SECRET], algorithm });
    await signingKeys.prepare();
    const keys = await openKeys(open.database, { secrets: [SECRET], algorithm }, clock);
    const tokens = createAccessTokens(keys, CONFIG, clock);
    const issue = async (sub = 'kandi') => {
      const subject = { sub, role: 'user', sid: randomUUID(), scope: '' };
      return (await tokens.issue(subject, new Date(now), new Date(now + 86_400_000))).token;
    };
    return { signingKeys, keys, issue, verify: tokens.verify };
  }

  it('is not verified again, and says the same', async () => {
    const { issue, verify } = await start();
    const token = await issue();
    const first = await verify(token);
    for (let times = 0; times < 5; times += 1) expect(await verify(token)).toEqual(first);
    expect(verifications).toBe(1);
    await verify(await issue());
    expect(verifications).toBe(2);
  });

  it('vouches for no other: every changed character is looked at', async () => {
    const { issue, verify } = await start();
    const token = await issue();
    await verify(token);
    // The last character of a signature has unused bits.
    for (let at = 0; at < token.length - 1; at += 7) {
      const other = token[at] === 'A' ? 'B' : 'A';
      const forged = `${token.slice(0, at)}${other}${token.slice(at + 1)}`;
      await expect(verify(forged)).rejects.toMatchObject(invalid);
    }
  });

  it('is forgotten at its end: the leeway after it, and what comes then, are judged anew', async () => {
    const { issue, verify } = await start();
    const token = await issue();
    const { exp } = await verify(token);
    now = exp * 1000 - 1;
    await verify(token);
    expect(verifications).toBe(1);
    now = exp * 1000;
    await verify(token);
    await verify(token);
    expect(verifications).toBe(3);
    now = (exp + 6) * 1000;
    await expect(verify(token)).rejects.toMatchObject({ kind: 'CREDENTIALS', reason: 'EXPIRED' });
  });

  it('counts no longer than its key', async () => {
    const { signingKeys, keys, issue, verify } = await start('ES256');
    const token = await issue();
    const { kid } = jose.decodeProtectedHeader(token);
    await verify(token);
    await signingKeys.retire(kid!, {
      actor: { kind: 'operator', name: 'test' },
      request: { address: 'localhost', userAgent: null, requestId: 'cli' },
    });
    await keys.refresh();
    await expect(verify(token)).rejects.toMatchObject(invalid);
  });

  it('makes room for others: the memory is bounded', async () => {
    const { issue, verify } = await start();
    const first = await issue();
    await verify(first);
    for (let more = 0; more < 10_000; more += 1) await verify(await issue(`kandi.${more}`));
    const before = verifications;
    await verify(first);
    expect(verifications).toBe(before + 1);
  }, 60_000);
});
