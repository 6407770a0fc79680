import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { describeOnStores } from '../../support/instance.ts';
import { commands } from './commands.ts';
import { Model } from './model.ts';
import { openSystem, type System } from './system.ts';

/**
 * `MODEL_RUNS=5000` makes more runs than CI does. A failure prints its seed, path and replay path: `MODEL_SEED=…
 * MODEL_PATH=… MODEL_REPLAY=…` repeats it.
 */
const { MODEL_RUNS, MODEL_SEED, MODEL_PATH, MODEL_REPLAY } = process.env;
const RUNS = Number(MODEL_RUNS ?? 300);
const PASSWORD = 'the password of the model';
const TIMES = { lifetime: 86_400, idle: 86_400, grace: 10, retry: 3600, access: 1800, leeway: 5 };

const EVERYTHING = [
  'EXPIRED',
  'REVOKED',
  'active',
  'doubtful',
  'elsewhere',
  'exchanged',
  'failed',
  'inactive',
  'narrow',
  'refused',
  'repeated',
  'retried',
  'rotated',
  'stolen',
];

describeOnStores('the server and the model agree on who is signed in', (stores) => {
  let system: System;
  beforeAll(async () => {
    system = await openSystem(stores);
  });
  afterAll(() => system.close());

  it(
    'after every step of everything that can happen to a session',
    async () => {
      const sequences = fc.commands(commands, {
        maxCommands: 30,
        size: 'max',
        ...(MODEL_REPLAY ? { replayPath: MODEL_REPLAY } : {}),
      });
      const seen = new Set<string>();
      const property = fc.asyncProperty(sequences, (steps) =>
        fc.asyncModelRun(async () => {
          const model = new Model(TIMES, seen);
          const user = { role: 'user', disabled: false, password: PASSWORD } as const;
          model.users.push({ ...user }, { ...user });
          await system.newUsers(model.users.length, PASSWORD);
          return { model, real: system };
        }, steps),
      );
      await fc.assert(property, {
        numRuns: RUNS,
        endOnFailure: false,
        ...(MODEL_SEED ? { seed: Number(MODEL_SEED) } : {}),
        ...(MODEL_PATH ? { path: MODEL_PATH } : {}),
      });
      // Runs without a theft would prove nothing about thefts.
      if (RUNS >= 100 && !MODEL_PATH) expect([...seen].sort()).toEqual(EVERYTHING);
    },
    60_000 + RUNS * 2_000,
  );
});
