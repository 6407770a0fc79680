import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { RequestInfo } from '../../../src/kernel/request_info.ts';
import { describeOnStores } from '../../support/instance.ts';
import { openSystem, type System } from './system.ts';

/** `THIEF_RUNS=1000` makes more runs than CI does. */
const RUNS = Number(process.env['THIEF_RUNS'] ?? 60);
const PASSWORD = 'the password of the robbed';
const OWNER: RequestInfo = { address: '192.0.2.1', userAgent: 'Firefox', requestId: 'thief' };

type Holder = 'owner' | 'thief';
interface Turn {
  readonly holder: Holder;
  readonly seconds: number;
}

/** Turns of two holders of one token, each at least one grace after the previous. */
const turns = fc.array(
  fc.record<Turn>({
    holder: fc.constantFrom<Holder>('owner', 'thief'),
    seconds: fc.constantFrom(10, 60, 1700, 3599),
  }),
  { minLength: 3, maxLength: 10, size: 'max' },
);
/** The thief sends the owner's user agent, shares the owner's network, or neither. */
const thieves = fc.constantFrom<RequestInfo>(
  { address: '203.0.113.9', userAgent: 'Firefox', requestId: 'thief' },
  { address: '192.0.2.1', userAgent: 'curl', requestId: 'thief' },
  { address: '203.0.113.9', userAgent: 'curl', requestId: 'thief' },
);

describeOnStores('a copied refresh token', (stores) => {
  let system: System;
  beforeAll(async () => {
    system = await openSystem(stores);
  });
  afterAll(() => system.close());

  it(
    'never keeps two holders signed in side by side',
    async () => {
      let retries = 0;
      const property = fc.asyncProperty(turns, thieves, fc.boolean(), async (steps, thief, isParent) => {
        await system.newUsers(1, PASSWORD);
        const copied = (await system.login(0, PASSWORD, OWNER, 0))!;
        const held: Record<Holder, string> = { owner: copied.refreshToken, thief: copied.refreshToken };
        const given = [copied.accessToken];
        // The thief's copy is the parent of the owner's token, or the same token.
        if (isParent) held.owner = (await system.refresh(held.owner, OWNER, 0))!.refreshToken;

        const succeeded: Holder[] = isParent ? ['owner'] : [];
        let isOver = false;
        for (const { holder, seconds } of steps) {
          await system.elapse(seconds);
          const answer = await system.refresh(held[holder], holder === 'owner' ? OWNER : thief, seconds % 2);
          if (isOver) expect(answer).toBeNull();
          if (!answer) {
            isOver = true;
            continue;
          }
          held[holder] = answer.refreshToken;
          given.push(answer.accessToken);
          if (succeeded.at(-1) !== holder) succeeded.push(holder);
        }
        // One holder can follow the other once, by a retry, and never a second time.
        expect(succeeded.length).toBeLessThanOrEqual(2);
        if (succeeded.length === 2) retries += 1;
        if (!isOver) return;
        for (const token of given) expect(['REVOKED', 'EXPIRED']).toContain(await system.whoIs(token, 0));
      });
      await fc.assert(property, { numRuns: RUNS });
      // Otherwise the runs would prove nothing about retries.
      expect(retries).toBeGreaterThan(0);
    },
    60_000 + RUNS * 2_000,
  );
});
