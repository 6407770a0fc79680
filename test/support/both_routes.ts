import { afterAll, beforeAll, describe } from '@jest/globals';
import type { Instance } from './instance.ts';

/** Access to the variable in which a test file keeps its instance. */
export interface Place {
  get(): Instance;
  set(instance: Instance): void;
}

/**
 * Runs a suite on both routes to the graph, over the same stores: `POST /graphql` as it is served, and through Express.
 * Both routes must refuse, count and answer the same.
 */
export function describeOnRoutes(title: string, { get, set }: Place, suite: () => void): void {
  describe(`${title}, directly`, suite);
  describe(`${title}, through Express`, () => {
    let direct: Instance;
    beforeAll(async () => {
      direct = get();
      set(await direct.throughExpress());
    });
    afterAll(async () => {
      await get().stop();
      set(direct);
    });
    suite();
  });
}
