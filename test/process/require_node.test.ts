import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';

const CHECK = './src/require_node.cjs';
const run = (version: string) =>
  spawnSync(
    process.execPath,
    ['-e', `Object.defineProperty(process.versions, 'node', { value: '${version}' }); require('${CHECK}')`],
    { encoding: 'utf8' },
  );

it.each(['20.20.2', '22.16.9'])('a Node that is too old is named with the version that is needed: %s', (version) => {
  const { status, stderr } = run(version);
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: `Gatehouse needs Node 22.17 or newer; this is ${version}.\n`,
  });
});

it.each(['22.17.0', '24.0.0'])('Node %s will do', (version) => {
  expect(run(version).status).toBe(0);
});

it('is looked at before every program that needs it', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
  for (const name of ['start', 'cli', 'build', 'examples']) expect(scripts[name]).toContain(`node -r ${CHECK} `);
});
