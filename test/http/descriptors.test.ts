import { expect, it } from '@jest/globals';
import { watchDescriptors } from '../../src/http/descriptors.ts';
import { createMetrics } from '../../src/kernel/metrics.ts';
import { until } from '../support/until.ts';

it('counts and logs at intervals that no file descriptor is left, until one is free', async () => {
  const metrics = createMetrics();
  const lines: unknown[] = [];
  let looks = 0;
  let code: string | undefined = 'EMFILE';
  const stop = watchDescriptors({
    metrics,
    log: { error: (...line: unknown[]) => void lines.push(line[0]) },
    probe: async () => {
      looks += 1;
      if (code !== undefined) throw Object.assign(new Error(code), { code });
    },
  });
  const counted = async () =>
    Number(/^gatehouse_file_descriptors_exhausted_total (\d+)$/m.exec(await metrics.metrics())?.[1]);
  try {
    expect(await counted()).toBe(0);
    await until(() => looks >= 3);
    expect(lines).toEqual([{ reason: 'EMFILE' }]);
    expect(await counted()).toBeGreaterThanOrEqual(2);

    code = undefined;
    const from = looks;
    await until(() => looks > from);
    const before = await counted();
    code = 'EACCES';
    await until(() => looks > from + 1);
    expect(await counted()).toBe(before);
    code = 'ENFILE';
    await until(() => lines.length === 2);
    expect(lines[1]).toEqual({ reason: 'ENFILE' });
  } finally {
    stop();
  }
});
