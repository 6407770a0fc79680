import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Refusal } from '../../src/kernel/errors.ts';
import { createQuotas, type Quota } from '../../src/limits/quotas.ts';
import { openMemory } from '../../src/store/keyvalue/memory.ts';
import { processTime } from '../support/time.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

const time = processTime();
const keyValue = openMemory(Date.now);
afterAll(async () => {
  await keyValue.close();
  await time.restore();
});
const { spend, take } = createQuotas(keyValue);

let count = 0;
let somebody: string;
beforeEach(() => void (somebody = `somebody ${(count += 1)}`));

/** Returns how many of a burst are accepted. */
async function burst(quota: Quota, key: string, of: number): Promise<number> {
  const taken = await Promise.all(Array.from({ length: of }, () => take(quota, key)));
  return taken.filter(Boolean).length;
}

// Each quota bounds stored entries for as long as they are stored.
describe.each<[Quota, number, number]>([
  ['clientTokens', 300, MINUTE],
  ['revokedTokens', 10, 60 * MINUTE],
  ['profileChanges', 30, 15 * MINUTE],
  ['refusedConsents', 300, 10 * MINUTE],
])('the quota of %s', (quota, points, windowMs) => {
  it('can be used up at once, and is restored after its window', async () => {
    expect(await burst(quota, somebody, points + 5)).toBe(points);
    await time.elapse(windowMs - 5 * SECOND);
    expect(await burst(quota, somebody, 1)).toBe(0);
    await time.elapse(5 * SECOND);
    expect(await burst(quota, somebody, points + 1)).toBe(points);
  });

  it('reports how long it is used up', async () => {
    await burst(quota, somebody, points - 1);
    await time.elapse(windowMs / 4);
    await spend(quota, somebody);
    const refusal = await spend(quota, somebody).catch((error: unknown) => error as Refusal);
    expect(refusal).toMatchObject({ kind: 'RATE_LIMITED' });
    // On a busy machine, some of the time has passed.
    const left = (0.75 * windowMs) / SECOND;
    expect(refusal!.retryAfter).toBeLessThanOrEqual(left);
    expect(refusal!.retryAfter).toBeGreaterThan(left - 5);
  });

  it('is separate for each key and each quota', async () => {
    expect(await burst(quota, somebody, points)).toBe(points);
    expect(await take(quota, `${somebody} else`)).toBe(true);
    const others = (['clientTokens', 'revokedTokens', 'profileChanges', 'refusedConsents'] as const).filter(
      (other) => other !== quota,
    );
    for (const other of others) expect(await take(other, somebody)).toBe(true);
    expect(await take(quota, somebody)).toBe(false);
  });
});
