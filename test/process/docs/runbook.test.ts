import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Command } from 'commander';
import { createProgram } from '../../../src/cli/program.ts';
import { backend, skipped } from '../../support/store_servers.ts';
import { expectPrinted, stepsOf } from '../../support/documented_commands.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { holdBuild } from '../../support/server_process.ts';
import { missingPrograms, operatorsShell, readRunbook } from '../../support/runbook.ts';

const runbook = readRunbook();

describe('the runbook', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-runbook-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('names commands and options that the command line has', () => {
    const wanted = new Map<string, Set<string>>();
    for (const { text } of runbook) {
      for (const [, command, rest] of text.matchAll(/gatehouse ((?:[a-z]+ )?[a-z-]+)((?: [^\s`]+)*)/g)) {
        if (!COMMANDS.test(command!)) continue;
        const options = wanted.get(command!) ?? new Set();
        wanted.set(command!, options);
        for (const [option] of rest!.matchAll(/--[a-z-]+/g)) options.add(option);
      }
    }
    expect([...wanted.keys()]).toEqual(expect.arrayContaining(['users disable', 'sessions revoke', 'audit tail']));
    const missing = [...wanted].flatMap(([words, options]) => {
      const command = words.split(' ').reduce<Command | undefined>(commandIn, createProgram());
      if (!command) return [words];
      const known = command.options.map(({ long }) => long);
      return [...options].filter((option) => !known.includes(option)).map((option) => `${words} ${option}`);
    });
    expect(missing).toEqual([]);
  });

  describe('its commands', () => {
    if (!backend('TEST_DATABASE_URL') || !backend('TEST_REDIS_URL')) {
      return skipped('needs TEST_DATABASE_URL and TEST_REDIS_URL');
    }
    if (missingPrograms.length > 0) return skipped(`needs ${missingPrograms.join(', ')}`);

    let gatehouse: Instance;
    beforeAll(async () => {
      await holdBuild();
      gatehouse = await startInstance({ stores: 'PostgreSQL and Redis' });
    }, 240_000);
    afterAll(() => gatehouse.close());

    // `test/faults/restore.test.ts` tests a restore itself.
    const sections = runbook
      .map(({ heading, blocks }) => ({ heading, steps: stepsOf(blocks) }))
      .filter(({ heading, steps }) => steps.length > 0 && !/^(Restore|The steps)/.test(heading));
    it.each(sections)('print the shown output: $heading', async ({ steps }) => {
      await expectPrinted(steps, operatorsShell(gatehouse.env, folder));
      expect((await fetch(`${gatehouse.url}/health/ready`)).status).toBe(200);
    });
  });
});

/** The groups of the command line, and the commands without a group. */
const COMMANDS = /^(?:(?:users|sessions|clients|keys|audit|hash) [a-z-]+|doctor|migrate)$/;

function commandIn(group: Command | undefined, name: string): Command | undefined {
  return group?.commands.find((command) => command.name() === name);
}
