import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { describeOnStores } from '../../support/instance.ts';
import { commands, OUTCOMES } from './commands.ts';
import { ProofModel } from './model.ts';
import { openProofSystem, type ProofSystem } from './system.ts';

/**
 * `MODEL_RUNS=100000` makes more runs than CI does. A failure prints its seed, path and replay path: `MODEL_SEED=…
 * MODEL_PATH=… MODEL_REPLAY=…` repeats it.
 */
const { MODEL_RUNS, MODEL_SEED, MODEL_PATH, MODEL_REPLAY } = process.env;
const RUNS = Number(MODEL_RUNS ?? 200);

describeOnStores('two replicas and the model agree on every proof', (stores) => {
  let system: ProofSystem;
  beforeAll(async () => {
    system = await openProofSystem(stores);
  });
  afterAll(() => system.close());

  it(
    'after every step of everything that can happen to it',
    async () => {
      const sequences = fc.commands(commands, {
        maxCommands: 25,
        size: 'max',
        ...(MODEL_REPLAY ? { replayPath: MODEL_REPLAY } : {}),
      });
      const seen = new Set<string>();
      const property = fc.asyncProperty(sequences, (steps) =>
        fc.asyncModelRun(async () => {
          await system.newUsers();
          return { model: new ProofModel(system.now, seen), real: system };
        }, steps),
      );
      await fc.assert(property, {
        numRuns: RUNS,
        endOnFailure: false,
        ...(MODEL_SEED ? { seed: Number(MODEL_SEED) } : {}),
        ...(MODEL_PATH ? { path: MODEL_PATH } : {}),
      });
      // Runs without a race would prove nothing about races.
      if (RUNS >= 100 && !MODEL_PATH) expect([...seen].sort()).toEqual(OUTCOMES);
    },
    60_000 + RUNS * 500,
  );
});
