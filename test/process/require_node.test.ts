import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, it } from '@jest/globals';
import { BARE_ENV, CLI, holdBuild, MAIN } from '../support/server_process.ts';

const CHECK = './src/require_node.cjs';
const forge = (version: string) => `Object.defineProperty(process.versions, 'node', { value: '${version}' });`;
const node = (...args: string[]) => spawnSync(process.execPath, args, { encoding: 'utf8', env: { ...BARE_ENV } });
const run = (version: string) => node('-e', `${forge(version)} require('${CHECK}')`);
const refusal = (version: string) => ({
  status: 1,
  stderr: `Gatehouse needs Node 22.17 or newer; this is ${version}.\n`,
});

beforeAll(holdBuild, 180_000);

it.each(['20.20.2', '22.16.9'])('reports an old Node with the required version: %s', (version) => {
  expect(run(version)).toMatchObject(refusal(version));
});

it.each([MAIN, CLI])('reports an old Node if the build is run directly: %s', (entry) => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-node-'));
  try {
    writeFileSync(join(folder, 'forge.cjs'), forge('20.20.2'));
    expect(node('-r', join(folder, 'forge.cjs'), entry)).toMatchObject({ ...refusal('20.20.2'), stdout: '' });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it.each(['22.17.0', '24.0.0'])('accepts Node %s', (version) => {
  expect(run(version).status).toBe(0);
});

it('is checked before every program that needs it', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
  for (const name of ['start', 'cli', 'build', 'test', 'examples'])
    expect(scripts[name]).toContain(`node -r ${CHECK} `);
});
