import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createMetrics } from '../../../src/kernel/metrics.ts';
import { watchClockOffset } from '../../../src/store/database/clock_offset.ts';
import { openStores, type OpenStores } from '../../support/open_stores.ts';
import { until } from '../../support/until.ts';

let stores: OpenStores;
beforeAll(async () => {
  stores = await openStores();
});
afterAll(() => stores.close());

it.each([
  [0, false],
  [15_000, true],
  [-15_000, true],
])('compares the clock with that of PostgreSQL: off by %i ms', async (off, told) => {
  const metrics = createMetrics();
  const offs: number[] = [];
  let compared = false;
  const stop = watchClockOffset({
    database: { run: (work) => stores.database.run(work).finally(() => void (compared = true)) },
    clock: () => Date.now() + off,
    metrics,
    onOff: (seconds) => offs.push(seconds),
  });
  await until(() => compared);
  stop();
  const offset = (await metrics.getSingleMetric('gatehouse_clock_offset_seconds')!.get()).values[0]!.value;
  expect(Math.abs(offset - off / 1000)).toBeLessThan(2);
  expect(offs.length > 0).toBe(told);
});
