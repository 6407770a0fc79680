import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createLog, type Log } from '../../../src/kernel/log.ts';
import { Refusal } from '../../../src/kernel/errors.ts';
import { createMaintenance, type Job, type Maintenance } from '../../../src/composition/jobs.ts';
import { describeOnStores } from '../../support/instance.ts';
import { openStores, type OpenStores } from '../../support/open_stores.ts';
import { until } from '../../support/until.ts';
import { latency } from '../../support/real_time.ts';

const PERIOD = 0.2;

describeOnStores('maintenance', (stores) => {
  let open: OpenStores;
  let replicas: Pick<OpenStores, 'keyValue'>[];
  beforeAll(async () => {
    open = await openStores(stores);
    replicas = [open, await open.again(), await open.again()];
  });
  afterAll(() => open.close());

  const started: Maintenance[] = [];
  afterEach(async () => {
    await Promise.all(started.splice(0).map((maintenance) => maintenance.stop()));
  });

  let names = 0;
  const jobOf = (run: Job['run'], everySeconds = PERIOD): Job => ({ name: `job ${(names += 1)}`, everySeconds, run });
  const startOn = (replica: Pick<OpenStores, 'keyValue'>, job: Job, log: Log = createLog('silent')): Maintenance => {
    const maintenance = createMaintenance({ jobs: [job], keyValue: replica.keyValue, log, soonSeconds: 0.1 });
    started.push(maintenance);
    maintenance.start();
    return maintenance;
  };

  it('runs a job once a period, however many replicas there are', async () => {
    const at: number[] = [];
    const job = jobOf(async () => void at.push(Date.now()));
    replicas.forEach((replica) => startOn(replica, job));
    await until(() => at.length >= 6);
    // Without the lease, the replicas would run as often in a third of the time. Checks the sum of the gaps, because a
    // late run shortens the next gap.
    expect(at[5]! - at[0]!).toBeGreaterThan(5 * PERIOD * 0.9 * 1000 * 0.75);
  });

  it('goes on with another replica where one stops', async () => {
    let runs = 0;
    const job = jobOf(async () => void (runs += 1));
    const [first] = replicas.map((replica) => startOn(replica, job));
    await until(() => runs >= 1);
    await first!.stop();
    const before = runs;
    await until(() => runs >= before + 2);
  });

  it('logs a failure, gives up the lease and tries again before the period is over', async () => {
    const lines: string[] = [];
    const log = createLog('trace', { write: (line) => void lines.push(line) });
    const fails = [new Refusal('SERVICE_UNAVAILABLE'), new Error('broken')];
    let runs = 0;
    const job = jobOf(async () => {
      runs += 1;
      const fault = fails.shift();
      if (fault) throw fault;
    }, 3600);
    startOn(replicas[0]!, job, log);
    await until(() => runs >= 3);
    expect(lines.filter((line) => line.includes(job.name))).toHaveLength(2);
    expect(lines.join('')).toContain('broken');
  });

  it('gives the lease of a failed job to the next caller, and keeps the lease of a completed one', async () => {
    const day = 86_400;
    let [failed, done] = [0, 0];
    const failing = jobOf(async () => Promise.reject(new Error(`broken ${(failed += 1)}`)), day);
    startOn(replicas[0]!, failing);
    await until(() => failed >= 1);
    const working = { ...failing, run: async () => void (done += 1) };
    let asked = 0;
    for (const { keyValue } of replicas) {
      const setIfAbsent: typeof keyValue.setIfAbsent = (...lease) =>
        keyValue.setIfAbsent(...lease).finally(() => (asked += 1));
      startOn({ keyValue: { ...keyValue, setIfAbsent } }, working);
    }
    await until(() => done >= 1 && asked >= replicas.length);
    expect(done).toBe(1);
  });

  it('waits for what is running when it stops, tells it so, and starts nothing more', async () => {
    let [begun, done] = [0, 0];
    let told: AbortSignal | undefined;
    const job = jobOf(async (stopping) => {
      begun += 1;
      told = stopping;
      await latency(150);
      done += 1;
    }, 0.05);
    const maintenance = startOn(replicas[0]!, job);
    await until(() => begun > done, Boolean, { everyMs: 5 });
    await maintenance.stop();
    expect(told!.aborted).toBe(true);
    expect(done).toBe(begun);
    // Another job of the same period, begun now, shows that a next run would have begun.
    let others = 0;
    startOn(
      replicas[1]!,
      jobOf(async () => void (others += 1), 0.05),
    );
    await until(() => others >= 3);
    expect([begun, done]).toEqual([done, begun]);
  });
});

describe('the timers', () => {
  it('keep no process alive', async () => {
    const maintenance = createMaintenance({
      jobs: [{ name: 'never', everySeconds: 3600, run: async () => undefined }],
      keyValue: { setIfAbsent: async () => true, replaceIf: async () => true },
      log: createLog('silent'),
    });
    const before = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    maintenance.start();
    expect(process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length).toBe(before);
    await maintenance.stop();
  });
});
