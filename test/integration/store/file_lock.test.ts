import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type FileLock, lockFile } from '../../../src/store/database/file_lock.ts';

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-lock-'));
afterAll(() => rmSync(folder, { recursive: true }));

type Kind = 'shared' | 'exclusive';
const KINDS: readonly (readonly [Kind, Kind, boolean])[] = [
  ['exclusive', 'exclusive', false],
  ['exclusive', 'shared', false],
  ['shared', 'exclusive', false],
  ['shared', 'shared', true],
];

let file: string;
let run = 0;
const held: FileLock[] = [];
const children: ChildProcess[] = [];
beforeEach(() => {
  file = join(folder, `${(run += 1)}`);
});
afterEach(() => {
  for (const lock of held.splice(0)) lock.release();
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** Returns true if this process got the lock, and keeps it. */
function take(kind: Kind): boolean {
  const lock = lockFile(file, kind);
  if (lock) held.push(lock);
  return lock !== undefined;
}

const OTHER = `
  import { lockFile } from ${JSON.stringify(fileURLToPath(new URL('../../../src/store/database/file_lock.ts', import.meta.url)))};
  while (Date.now() < Number(process.argv[3]));
  const lock = lockFile(process.argv[1], process.argv[2]);
  console.log(lock ? 'held' : 'refused');
  setInterval(() => lock, 60_000);`;

/** Starts another process that tries to get the lock, at a given time or at once, and then lives on. */
async function other(kind: Kind, at = 0): Promise<{ holds: boolean; kill(): Promise<unknown> }> {
  const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', OTHER, file, kind, `${at}`]);
  children.push(child);
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  const gone = once(child, 'exit');
  return {
    holds: `${said}`.trim() === 'held',
    kill: () => (child.kill('SIGKILL'), gone),
  };
}

describe('a file lock', () => {
  it.each(KINDS)('held %s leaves %s to others: %#', async (first, second, shared) => {
    expect(take(first)).toBe(true);
    expect(take(second)).toBe(shared);
    expect((await other(second)).holds).toBe(shared);
  });

  it('can be taken again, either way, when it is released', () => {
    for (const [first, second] of KINDS) {
      expect(take(first)).toBe(true);
      for (const lock of held.splice(0)) lock.release();
      expect(take(second)).toBe(true);
      for (const lock of held.splice(0)) lock.release();
    }
  });

  it.each(['shared', 'exclusive'] as const)('held %s ends with its process, however that ends', async (kind) => {
    const { holds, kill } = await other(kind);
    expect([holds, take('exclusive')]).toEqual([true, false]);
    await kill();
    expect(take('exclusive')).toBe(true);
  });

  it('is waited for while who has it is leaving', async () => {
    const { kill } = await other('exclusive');
    const gone = kill();
    expect(take('exclusive')).toBe(true);
    await gone;
  });

  it('goes to exactly one of those who come at the same instant', async () => {
    const at = Date.now() + 1_000;
    const rivals = await Promise.all([1, 2, 3, 4].map(() => other('exclusive', at)));
    expect(rivals.filter(({ holds }) => holds)).toHaveLength(1);
  });

  it('throws where there can be no such file', () => {
    writeFileSync(file, '');
    expect(() => lockFile(join(file, 'lock'), 'exclusive')).toThrow(/unable to open/);
  });
});
