import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createReplays } from '../../../../packages/subgraph/src/replays.ts';
import { createVerifier, type VerifierOptions } from '../../../../packages/subgraph/src/index.ts';
import {
  type IdentityKey,
  type KeyServer,
  makeIdentityKey,
  signIdentity,
  startKeyServer,
} from '../../../support/signed_identity.ts';

const BODY = '{"query":"{ orders { id } }"}';
const START = 1_800_000_000_000;

let key: IdentityKey;
let gateway: KeyServer;
beforeAll(async () => {
  key = await makeIdentityKey('one');
  gateway = await startKeyServer(key);
});
afterAll(() => gateway.close());

/** Creates a subgraph with the test's clock. */
function subgraph(more: Partial<VerifierOptions> = {}) {
  const time = { now: START };
  const { verifyIdentity } = createVerifier({
    issuer: gateway.url,
    subgraph: 'orders',
    clock: () => time.now,
    ...more,
  });
  return {
    time,
    sign: () => signIdentity({ key, issuer: gateway.url, subgraph: 'orders', body: BODY, at: time.now }),
    ask: (token: string) =>
      verifyIdentity({ headers: { 'Gatehouse-Identity': token }, body: BODY }).then(
        () => 'ACCEPTED',
        (error: any) => error.code ?? error,
      ),
  };
}

describe('an identity that was used', () => {
  it('is refused until it is over, and then for that', async () => {
    const { time, sign, ask } = subgraph();
    const token = await sign();
    expect(await ask(token)).toBe('ACCEPTED');
    time.now += 64_999;
    expect(await ask(token)).toBe('REPLAYED');
    time.now += 1;
    expect(await ask(token)).toBe('EXPIRED');
  });

  it('is accepted once of fifty times at the same moment', async () => {
    const { sign, ask } = subgraph();
    const token = await sign();
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(token)));
    expect(answers.filter((answer) => answer === 'ACCEPTED')).toHaveLength(1);
    expect(answers.filter((answer) => answer === 'REPLAYED')).toHaveLength(49);
  });

  it('does not come back to life with a clock that is set back', async () => {
    const { time, sign, ask } = subgraph();
    const token = await sign();
    await ask(token);
    time.now += 70_000;
    expect(await ask(await sign())).toBe('ACCEPTED');
    time.now -= 60_000;
    expect(await ask(token)).toBe('EXPIRED');
  });
});

describe('identities that are remembered', () => {
  it('are never more than allowed, and the next one is refused as long as they live', async () => {
    const { time, sign, ask } = subgraph({ maxReplays: 3 });
    const [first = '', ...others] = await Promise.all([sign(), sign(), sign()]);
    for (const token of [first, ...others]) expect(await ask(token)).toBe('ACCEPTED');
    expect(await ask(await sign())).toBe('REPLAY_CACHE_FULL');
    expect(await ask(first)).toBe('REPLAYED');
    time.now += 65_000;
    for (let i = 0; i < 3; i += 1) expect(await ask(await sign())).toBe('ACCEPTED');
    expect(await ask(await sign())).toBe('REPLAY_CACHE_FULL');
  });

  it('leave second by second', () => {
    const noteUse = createReplays(2);
    noteUse('a', 101, 100);
    noteUse('b', 102, 100);
    expect(() => noteUse('c', 103, 100)).toThrow(expect.objectContaining({ code: 'REPLAY_CACHE_FULL' }));
    noteUse('c', 103, 101);
    expect(() => noteUse('b', 102, 101)).toThrow(expect.objectContaining({ code: 'REPLAYED' }));
    expect(() => noteUse('d', 103, 101)).toThrow(expect.objectContaining({ code: 'REPLAY_CACHE_FULL' }));
  });
});

describe('replicas that share a store', () => {
  /** Works as Redis does with `SET … NX PXAT`. */
  const shared = () => {
    const used = new Map<string, Date>();
    const firstUse = async (jti: string, expiresAt: Date) => !used.has(jti) && used.set(jti, expiresAt).size > 0;
    return { used, firstUse };
  };

  it('accept an identity at one of them', async () => {
    const { used, firstUse } = shared();
    const [one, other] = [subgraph({ firstUse }), subgraph({ firstUse })];
    const token = await one.sign();
    expect((await Promise.all([one.ask(token), other.ask(token)])).sort()).toEqual(['ACCEPTED', 'REPLAYED']);
    // Kept for as long as the tolerance accepts the identity.
    expect([...used.values()]).toEqual([new Date(START + 65_000)]);
  });

  it('refuse what the store cannot say', async () => {
    const { sign, ask } = subgraph({ firstUse: () => Promise.reject(new Error('the store is away')) });
    const token = await sign();
    expect(await ask(token)).toBe('UNAVAILABLE');
  });

  it('remember what they accepted themselves, whatever the store forgets', async () => {
    const { sign, ask } = subgraph({ firstUse: async () => true });
    const token = await sign();
    expect([await ask(token), await ask(token)]).toEqual(['ACCEPTED', 'REPLAYED']);
  });
});
