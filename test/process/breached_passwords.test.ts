import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openBreachedFile } from '../../src/credentials/password/breached/breached_file.ts';
import { breachedFolder, publishedDigest, publishedList } from '../support/breached_list.ts';
import { cli, cliReading, holdBuild, killServers, startServer } from '../support/server_process.ts';

const folder = breachedFolder();
const { path } = folder;
const LIST = publishedList(['one', 'two', 'three']);

beforeAll(async () => {
  await holdBuild();
  writeFileSync(path('list.txt'), LIST);
}, 180_000);
afterAll(async () => {
  await killServers();
  folder.remove();
});

const has = async (name: string, password: string) => {
  const file = await openBreachedFile(path(name));
  const found = await file.has(Buffer.from(publishedDigest(password), 'hex'));
  await file.close();
  return found;
};

describe('passwords breached', () => {
  it('builds a file of a list, and verifies it', async () => {
    const built = await cli({}, 'passwords', 'breached', 'build', path('list.txt'), '--out', path('a.bin'));
    expect(built).toEqual({
      code: 0,
      stdout: 'Wrote 3 of 3 passwords. Set BREACHED_PASSWORDS to the file.\n',
      stderr: '',
    });
    expect([await has('a.bin', 'two'), await has('a.bin', 'four')]).toEqual([true, false]);
    const verified = await cli({}, 'passwords', 'breached', 'verify', path('a.bin'), '--json');
    expect(verified).toEqual({ code: 0, stdout: '{"entries":3}\n', stderr: '' });
  });

  it('reads standard input', async () => {
    const words = ['passwords', 'breached', 'build', '-', '--out', path('b.bin'), '--bytes', '20', '--json'];
    expect(await cliReading(LIST, {}, ...words)).toEqual({ code: 0, stdout: '{"lines":3,"entries":3}\n', stderr: '' });
    expect(await has('b.bin', 'three')).toBe(true);
  });

  it('reads a folder of range files, and says how many are missing', async () => {
    mkdirSync(path('ranges'));
    for (const password of ['one', 'two']) {
      const hex = publishedDigest(password);
      writeFileSync(path(`ranges/${hex.slice(0, 5)}.txt`), `${hex.slice(5)}:4\r\n`);
    }
    writeFileSync(path('ranges/README'), 'not a range');
    const { code, stderr } = await cli({}, 'passwords', 'breached', 'build', path('ranges'), '--out', path('c.bin'));
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: 'The folder has 2 of 1048576 ranges. Passwords of the others are not in the file.\n',
    });
    expect([await has('c.bin', 'one'), await has('c.bin', 'two'), await has('c.bin', 'three')]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('leaves out what was seen too rarely', async () => {
    const words = ['passwords', 'breached', 'build', '-', '--out', path('d.bin'), '--at-least', '8'];
    expect(await cliReading(LIST, {}, ...words)).toMatchObject({
      code: 1,
      stderr: 'the list has no password: nothing was written\n',
    });
  });

  it.each([
    ['a missing list', ['build', 'missing.txt', '--out', 'e.bin'], 1, 'ENOENT'],
    ['another file', ['verify', 'list.txt'], 1, 'The file is not a file of "passwords breached build"'],
    ['a missing file', ['verify', 'missing.bin'], 1, 'The file cannot be read (ENOENT)'],
    ['too few bytes', ['build', '-', '--out', 'e.bin', '--bytes', '5'], 2, 'whole number from 6 to 20'],
    ['no output', ['build', '-'], 2, '--out'],
  ])('refuses %s', async (_what, words, code, message) => {
    const files = words.map((word) => (/\.(txt|bin)$/.test(word) ? path(word) : word));
    const ended = await cli({}, 'passwords', 'breached', ...files);
    expect({ code: ended.code, stdout: ended.stdout }).toEqual({ code, stdout: '' });
    expect(ended.stderr).toContain(message);
  });
});

it.each([
  ['missing', 'the file cannot be read (ENOENT)'],
  ['list.txt', 'the file is not a file of "passwords breached build"'],
])('a server does not start with an unusable file: %s', async (name, message) => {
  const { exited, said } = await startServer({
    DATA_DIR: path('data'),
    BREACHED_PASSWORDS: `https://ranges.example/range,${path(name)}`,
  });
  expect(await exited).toBe(1);
  expect(said).toEqual({ stdout: '', stderr: `Gatehouse cannot start.\nBREACHED_PASSWORDS: ${message}\n` });
});
