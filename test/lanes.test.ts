import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { recordedDurations } from './support/durations.ts';

const { LANES } = (await import(new URL('../jest.config.js', import.meta.url).href)) as {
  LANES: Readonly<Record<string, readonly string[]>>;
};

describe('a unit test', () => {
  it.each<[title: string, use: () => unknown]>([
    ['opens no port', () => createServer().listen(0)],
    ['connects to no server', () => connect(1, '127.0.0.1')],
    ['starts no process', () => spawn(process.execPath, ['--version'])],
    ['waits for no process', () => spawnSync(process.execPath, ['--version'])],
    ['runs no program', () => execFileSync(process.execPath, ['--version'])],
  ])('%s', (_title, use) => {
    expect(use).toThrow('A unit test cannot use');
  });

  it.each(['../dist/main.js', '@electric-sql/pglite', 'playwright-core'])('imports nothing heavy: %s', async (name) => {
    await expect(import(name)).rejects.toThrow('A unit test cannot import');
  });
});

/**
 * The server lane loads the built server once for many files. Threat: a test that replaces a module would test the real
 * one instead, and stay green.
 */
it('a test that replaces a module of the server loads the server into jest', () => {
  const wrong = globSync(LANES['server']!.map((folder) => `test/${folder}/**/*.test.ts`)).filter((file) => {
    const text = readFileSync(file, 'utf8');
    const boots = /support\/(?:instance|open_stores)\.ts/.test(text);
    return boots && text.includes('unstable_mockModule') && !text.includes('@jest-environment node');
  });
  expect(wrong).toEqual([]);
});

it('every folder of a lane is there', () => {
  expect(readdirSync('test')).toEqual(expect.arrayContaining(Object.values(LANES).flat()));
});

it('durations are recorded of files that are there', () => {
  expect([...recordedDurations().keys()].filter((path) => !existsSync(path))).toEqual([]);
});
