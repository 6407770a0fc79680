import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createVerifier, type Verifier } from '../../../../packages/subgraph/src/index.ts';
import {
  type IdentityKey,
  type KeyServer,
  makeIdentityKey,
  signIdentity,
  startKeyServer,
} from '../../../support/signed_identity.ts';
import { processTime, type Time } from '../../../support/time.ts';
import { until } from '../../../support/until.ts';

const BODY = '{"query":"{ orders { id } }"}';

let time: Time;
let one: IdentityKey;
let two: IdentityKey;
let gateway: KeyServer;
let verifier: Verifier;
beforeEach(async () => {
  time = processTime();
  [one, two] = await Promise.all([makeIdentityKey('one'), makeIdentityKey('two')]);
  gateway = await startKeyServer(one);
  verifier = createVerifier({ issuer: gateway.url, subgraph: 'orders' });
});
afterEach(async () => {
  await time.restore();
  await gateway.close();
});

async function ask(key: IdentityKey): Promise<string> {
  const token = await signIdentity({ key, issuer: gateway.url, subgraph: 'orders', body: BODY });
  return verifier.verifyIdentity({ headers: { 'Gatehouse-Identity': token }, body: BODY }).then(
    () => 'ACCEPTED',
    (error: any) => error.code ?? error,
  );
}

describe("the gateway's keys", () => {
  it('are asked for at the first request, and kept', async () => {
    expect(gateway.asked).toBe(0);
    await Promise.all([ask(one), ask(one)]);
    await ask(one);
    expect(gateway.asked).toBe(1);
  });

  it('are asked for again where one is new', async () => {
    await ask(one);
    gateway.keys = [one.published, two.published];
    await time.elapse(11_000);
    expect(await ask(two)).toBe('ACCEPTED');
    expect(await ask(one)).toBe('ACCEPTED');
    expect(gateway.asked).toBe(2);
  });

  it('are not asked for by everybody who makes key ids up', async () => {
    await ask(one);
    for (let i = 0; i < 20; i += 1) expect(await ask(two)).toBe('SIGNATURE');
    expect(gateway.asked).toBe(1);
  });

  it('count no longer than five minutes after they were withdrawn', async () => {
    await ask(one);
    gateway.keys = [two.published];
    await time.elapse(4 * 60_000);
    expect(await ask(one)).toBe('ACCEPTED');
    await time.elapse(61_000);
    expect(await ask(one)).toBe('SIGNATURE');
  });

  it('do not make an identity invalid while they cannot be fetched', async () => {
    gateway.keys = null;
    expect(await ask(one)).toBe('UNAVAILABLE');
    gateway.keys = [one.published];
    await until(
      () => ask(one),
      (answer) => answer === 'ACCEPTED',
    );
  });

  it('are not fetched for every unknown key id while they are unavailable, and are fetched again soon', async () => {
    gateway.keys = null;
    const started = performance.now();
    while (performance.now() - started < 900) expect(await ask(two)).toBe('UNAVAILABLE');
    expect(gateway.asked).toBe(1);
    // Further forged identities do not delay the next fetch.
    const asked = async () => (await ask(two), gateway.asked);
    expect(await until(asked, (times) => times > 1)).toBe(2);
  });

  it('remain valid while others cannot be fetched', async () => {
    await ask(one);
    gateway.keys = null;
    await time.elapse(11_000);
    for (let i = 0; i < 20; i += 1) expect(await ask(two)).toBe('UNAVAILABLE');
    expect(await ask(one)).toBe('ACCEPTED');
    expect(gateway.asked).toBe(2);
  });

  it('need no fetch while they are known', async () => {
    await ask(one);
    gateway.keys = null;
    await time.elapse(4 * 60_000);
    expect(await ask(one)).toBe('ACCEPTED');
  });

  it('are had from another address, by what the subgraph fetches with', async () => {
    const urls: string[] = [];
    verifier = createVerifier({
      issuer: gateway.url,
      subgraph: 'orders',
      jwksUrl: 'http://gatehouse.internal/keys',
      fetch: async (url) => {
        urls.push(url as string);
        return Response.json({ keys: [one.published] });
      },
    });
    expect(await ask(one)).toBe('ACCEPTED');
    expect(urls).toEqual(['http://gatehouse.internal/keys']);
    expect(gateway.asked).toBe(0);
  });

  it('are UNAVAILABLE if the connection is refused', async () => {
    await gateway.close();
    expect(await ask(one)).toBe('UNAVAILABLE');
    gateway = await startKeyServer();
  });
});
