import { expect, it } from '@jest/globals';
import { ExpiringMap } from '../../src/store/keyvalue/expiring_map.ts';

it('never returns expired entries, and sweeps a bounded number at a time', () => {
  let now = 0;
  const map = new ExpiringMap<number>(() => now);
  for (let n = 0; n < 100; n++) map.set(`short-${n}`, n, 1_000);
  map.set('long', 1, 5_000);
  now = 999;
  expect(map.get('short-0')).toBe(0);
  now = 1_000;
  expect(map.get('short-0')).toBeUndefined();
  expect(map.size).toBe(101);

  map.sweep(60);
  expect(map.size).toBe(41);
  map.set('later', 2, 5_000);
  map.sweep(60);
  map.sweep(60);
  expect(map.size).toBe(2);
  expect(map.get('long')).toBe(1);

  // From the start again, with the changes since then.
  map.delete('long');
  map.set('later', 3, 10);
  now = 2_000;
  map.sweep(60);
  map.sweep(60);
  expect(map.size).toBe(0);
});
