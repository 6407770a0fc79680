import { beforeAll, describe, expect, it } from '@jest/globals';
import { cli, holdBuild } from '../support/server_process.ts';

/** OWASP Password Storage Cheat Sheet, Argon2id. */
const isAboveFloor = ({ memoryKib, timeCost }: { memoryKib: number; timeCost: number }) =>
  memoryKib >= (timeCost >= 2 ? 19_456 : 47_104);

beforeAll(holdBuild, 180_000);

describe('hash calibrate', () => {
  const calibrate = async (target: string) => {
    const { code, stdout } = await cli({}, 'hash', 'calibrate', '--target', target, '--json');
    expect(code).toBe(0);
    const calibration = JSON.parse(stdout);
    for (const one of [calibration.proposed, ...calibration.tried]) {
      expect(isAboveFloor(one)).toBe(true);
      expect(one.ms).toBeGreaterThan(0);
    }
    return calibration;
  };

  it('proposes the most expensive parameters within the target', async () => {
    const { proposed, withinTarget, tried } = await calibrate('2000');
    expect(withinTarget).toBe(true);
    expect(proposed).toMatchObject({ memoryKib: 65_536, parallelism: 4 });
    expect(proposed.timeCost).toBeGreaterThan(1);
    expect(proposed.ms).toBeLessThanOrEqual(2000);
    expect(tried).toContainEqual(proposed);
  }, 120_000);

  it('proposes the minimum on a machine that is too slow for the target, and reports that', async () => {
    const { proposed, withinTarget } = await calibrate('10');
    // A fast machine proposes more than the minimum.
    if (!withinTarget) expect(proposed).toMatchObject({ memoryKib: 19_456, timeCost: 2 });
    const { stdout } = await cli({ ARGON2_PARALLELISM: '2' }, 'hash', 'calibrate', '--target', '10');
    expect(stdout).toMatch(/^ARGON2_MEMORY_KIB=\d+\nARGON2_TIME_COST=\d+\nARGON2_PARALLELISM=2\n$/m);
    expect(stdout).toMatch(/^(Proposed|A hash takes more than 10 ms even at OWASP's floor)/m);
  }, 60_000);

  it.each(['9', '10001', '1e3', 'fast'])('rejects a target of %s', async (target) => {
    const { code, stdout, stderr } = await cli({}, 'hash', 'calibrate', '--target', target);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('whole number from 10 to 10000');
  });
});
