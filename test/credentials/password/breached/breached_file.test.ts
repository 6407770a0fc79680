import { existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { openBreachedFile } from '../../../../src/credentials/password/breached/breached_file.ts';
import { HEADER_BYTES, writeHeader } from '../../../../src/credentials/password/breached/file_header.ts';
import { breachedFolder, partsOf, publishedDigest, publishedList } from '../../../support/breached_list.ts';

const folder = breachedFolder();
afterAll(folder.remove);

const sha1 = (hex: string) => Buffer.from(hex, 'hex');
const digestOf = (password: string) => sha1(publishedDigest(password));

/** Returns the answers of a file about these digests. */
async function ask(name: string, digests: readonly Buffer[]): Promise<boolean[]> {
  const file = await openBreachedFile(folder.path(name));
  try {
    const answers: boolean[] = [];
    for (const digest of digests) answers.push(await file.has(digest));
    return answers;
  } finally {
    await file.close();
  }
}

describe('a file of breached passwords', () => {
  const PASSWORDS = Array.from({ length: 5_000 }, (_, at) => `breached password ${at}`);

  it('has every password of the list, and no other', async () => {
    expect(await folder.build('all', partsOf(publishedList(PASSWORDS)))).toEqual({
      lines: 5_000,
      entries: 5_000,
      parts: 1,
    });
    expect(await ask('all', PASSWORDS.map(digestOf))).toEqual(PASSWORDS.map(() => true));
    expect(
      await ask(
        'all',
        PASSWORDS.map((password) => digestOf(`${password}!`)),
      ),
    ).toEqual(PASSWORDS.map(() => false));
  });

  it('finds the first and the last entry, and none before, between and after', async () => {
    const [low, middle, high] = ['00', '7f', 'ff'].map((byte) => byte.repeat(20));
    const lines = [low, middle, high].map((hex) => `${hex}:1\n`).join('');
    await folder.build('ends', partsOf(lines), { entryBytes: 20 });
    const between = [`${'00'.repeat(19)}01`, `${'7f'.repeat(19)}7e`, `${'7f'.repeat(19)}80`, `${'ff'.repeat(19)}fe`];
    expect(await ask('ends', [low!, middle!, high!].map(sha1))).toEqual([true, true, true]);
    expect(await ask('ends', between.map(sha1))).toEqual([false, false, false, false]);
  });

  it.each([1, 2, 511, 512, 513, 1_024, 1_025])('with %i entries has those that a Set has', async (size) => {
    const chosen = PASSWORDS.slice(0, size);
    await folder.build('sized', partsOf(publishedList(chosen)));
    const set = new Set(chosen);
    expect(await ask('sized', PASSWORDS.map(digestOf))).toEqual(PASSWORDS.map((password) => set.has(password)));
  });

  it('has what a Set has, for any list, any length of entries and any cut of its bytes', async () => {
    const digest = fc.uint8Array({ minLength: 20, maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString('hex'));
    const property = fc.asyncProperty(
      fc.uniqueArray(digest, { minLength: 1, maxLength: 60 }),
      fc.array(digest, { maxLength: 20 }),
      fc.integer({ min: 6, max: 20 }),
      fc.integer({ min: 1, max: 100 }),
      async (listed, others, entryBytes, size) => {
        const text = Buffer.from(
          listed
            .toSorted()
            .map((hex) => `${hex}:3\n`)
            .join('')
            .trimEnd(),
        );
        async function* chunks() {
          for (let at = 0; at < text.length; at += size) yield text.subarray(at, at + size);
        }
        async function* parts() {
          yield { name: 'list', prefix: '', chunks: chunks() };
        }
        await folder.build('any', parts(), { entryBytes });
        const kept = new Set(listed.map((hex) => hex.slice(0, entryBytes * 2)));
        const asked = [...listed, ...others];
        expect(await ask('any', asked.map(sha1))).toEqual(asked.map((hex) => kept.has(hex.slice(0, entryBytes * 2))));
      },
    );
    await fc.assert(property, { numRuns: 60 });
  });

  it('takes range files, in capitals or not', async () => {
    const [one, other] = [publishedDigest('one of them'), publishedDigest('another of them')].toSorted();
    const line = (hex: string) => `${hex.slice(5).toLowerCase()}:2\r\n`;
    await folder.build('ranges', partsOf([one!.slice(0, 5), line(one!)], [other!.slice(0, 5), line(other!)]));
    expect(await ask('ranges', ['one of them', 'another of them', 'neither'].map(digestOf))).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('leaves out passwords that were seen too rarely', async () => {
    const lines = [`${publishedDigest('often')}:10\n`, `${publishedDigest('rarely')}:9\n`].toSorted().join('');
    expect(await folder.build('often', partsOf(lines), { atLeast: 10 })).toMatchObject({ lines: 2, entries: 1 });
    expect(await ask('often', [digestOf('often'), digestOf('rarely')])).toEqual([true, false]);
  });

  it('has an entry once, however many digests begin with it', async () => {
    const lines = ['00', '01', '02'].map((end) => `${'ab'.repeat(19)}${end}:1\n`).join('');
    expect(await folder.build('once', partsOf(lines))).toMatchObject({ lines: 3, entries: 1 });
  });
});

describe('the build', () => {
  const [low, high] = [publishedDigest('a'), publishedDigest('b')].toSorted() as [string, string];
  it.each([
    ['no line', [''], 'the list has no password: nothing was written'],
    ['no password that was seen often enough', [`${low}:0\n`], 'the list has no password: nothing was written'],
    ['a list in another order', [`${high}:9\n${low}:1\n`], 'part 1: is not sorted by digest'],
    ['parts in another order', [`${high}:9\n`, `${low}:1\n`], 'part 2: is not sorted by digest'],
    ['NTLM digests', [`${low.slice(0, 32)}:9\n`], 'part 1, line 1: is not SHA1:COUNT'],
    ['passwords', [`${low}:9\npassword1234\n`], 'part 1, line 2: is not SHA1:COUNT'],
    ['no count', [`${low}\n`], 'part 1, line 1: is not SHA1:COUNT'],
    ['an empty count', [`${low}:\r\n`], 'part 1, line 1: is not SHA1:COUNT'],
    ['a count in words', [`${low}:9x\n`], 'part 1, line 1: is not SHA1:COUNT'],
    [
      'a whole digest in a range file',
      [[low.slice(0, 5), `${low}:9\n`] as const],
      'part 1, line 1: is not SUFFIX:COUNT',
    ],
    ['a line without an end', [`${low}:${'9'.repeat(1 << 16)}`], 'part 1, line 1: is not SHA1:COUNT'],
  ])('refuses %s, and leaves the earlier file', async (_what, texts, message) => {
    await folder.build('kept', partsOf(publishedList(['earlier'])));
    await expect(folder.build('kept', partsOf(...texts))).rejects.toThrow(message);
    expect(existsSync(folder.path('kept.partial'))).toBe(false);
    expect(await ask('kept', [digestOf('earlier')])).toEqual([true]);
  });
});

describe('an unusable file', () => {
  const entries = { entryBytes: 8, entries: 3, digest: Buffer.alloc(32) };
  /** Returns the bytes of a good file with a change. */
  async function changed(change: (bytes: Buffer) => void): Promise<Buffer> {
    await folder.build('good', partsOf(publishedList(['a', 'b', 'c'])));
    const bytes = readFileSync(folder.path('good'));
    change(bytes);
    return bytes;
  }

  it.each<[string, () => Promise<Buffer> | Buffer, string]>([
    ['an empty one', () => Buffer.alloc(0), 'is not a file of "passwords breached build"'],
    ['the published list itself', () => Buffer.from(publishedList(['a'])), 'is not a file of'],
    ['a part of the header', async () => (await changed(() => {})).subarray(0, 40), 'is incomplete or damaged'],
    ['a header alone', () => writeHeader(entries), 'is incomplete or damaged'],
    [
      'an entry too few',
      async () => (await changed(() => {})).subarray(0, HEADER_BYTES + 16),
      'is incomplete or damaged',
    ],
    [
      'a byte too many',
      async () => Buffer.concat([await changed(() => {}), Buffer.alloc(1)]),
      'is incomplete or damaged',
    ],
    ['another number of entries', () => changed((bytes) => bytes.writeUInt8(2, 23)), 'is incomplete or damaged'],
    ['no entry', () => writeHeader({ ...entries, entries: 0 }), 'is incomplete or damaged'],
    ['entries without bytes', () => writeHeader({ ...entries, entryBytes: 0 }), 'is incomplete or damaged'],
    [
      'a newer version',
      () => changed((bytes) => bytes.writeUInt8(2, 11)),
      'has the version 2, and this server reads 1',
    ],
  ])('is refused when it is opened: %s', async (_what, bytes, message) => {
    writeFileSync(folder.path('bad'), await bytes());
    await expect(openBreachedFile(folder.path('bad'))).rejects.toThrow(message);
  });

  it('is refused: a folder, and no file at all', async () => {
    await expect(openBreachedFile(folder.path(''))).rejects.toThrow('is not a file');
    await expect(openBreachedFile(folder.path('missing'))).rejects.toThrow('cannot be read (ENOENT)');
  });

  it('is found by its checksum', async () => {
    writeFileSync(
      folder.path('flipped'),
      await changed((bytes) => bytes.writeUInt8(bytes.at(-1)! ^ 1, bytes.length - 1)),
    );
    for (const [name, outcome] of [
      ['good', 'complete'],
      ['flipped', 'is incomplete or damaged. Build it again'],
    ] as const) {
      const file = await openBreachedFile(folder.path(name));
      expect(
        await file.verify().then(
          () => 'complete',
          (error: Error) => error.message,
        ),
      ).toBe(outcome);
      await file.close();
    }
  });

  it('fails the look-up if it became shorter while it was open', async () => {
    await folder.build('cut', partsOf(publishedList(Array.from({ length: 3_000 }, (_, at) => `${at}`))));
    const file = await openBreachedFile(folder.path('cut'));
    truncateSync(folder.path('cut'), HEADER_BYTES);
    await expect(file.has(digestOf('1'))).rejects.toThrow('is incomplete or damaged');
    await file.close();
  });
});
