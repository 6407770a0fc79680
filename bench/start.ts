import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../test/support/free_port.ts';
import type { Benchmark } from './support/bench.ts';
import { startChild } from './support/child.ts';
import { connect } from './support/client.ts';
import { atMost, figure } from './support/figure.ts';
import { MAIN } from './support/gatehouse.ts';
import { operation, send } from './support/graphql.ts';
import { memoryAtRest } from './support/processes.ts';

const RETRY_MS = 5;
const SETTLE_MS = 3_000;

/**
 * Measures the time from the start of a process to its first response, and its memory at rest. It is built and migrated
 * before, and starts beside a serving process, as a joining replica does.
 */
export const start: Benchmark = async (bench) => {
  const { env } = await bench.gatehouse();
  const seconds: number[] = [];
  const kib: number[] = [];
  for (let turn = 0; turn < bench.pace.rounds; turn += 1) {
    const port = await freePort();
    const begun = performance.now();
    const child = startChild(MAIN, { ...env, PORT: `${port}` });
    try {
      await firstAnswer(`http://127.0.0.1:${port}`);
      seconds.push((performance.now() - begun) / 1000);
      kib.push(await memoryAtRest(child.pid, SETTLE_MS));
    } finally {
      await child.close();
    }
  }
  return [
    figure('start to first answer', seconds, { unit: ' s', wanted: atMost(2, ' s'), samples: { seconds, kib } }),
    figure(
      'memory at rest',
      kib.map((one) => one / 1024),
      { digits: 0, unit: ' MiB', wanted: atMost(300, ' MiB') },
    ),
  ];
};

async function firstAnswer(url: string): Promise<void> {
  const request = operation('{ __typename }');
  for (const until = Date.now() + 60_000; ; await sleep(RETRY_MS)) {
    try {
      const connection = await connect(url);
      await send(connection, request).finally(() => connection.close());
      return;
    } catch (error) {
      if (Date.now() > until) throw error;
    }
  }
}
