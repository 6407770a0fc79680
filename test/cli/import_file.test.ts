import { describe, expect, it } from '@jest/globals';
import { LONGEST_RECORD, readRecords } from '../../src/cli/import/records.ts';
import { refuseRepeats } from '../../src/cli/import/repeats.ts';
import { BadFile, type Format, readRows, type ImportRow } from '../../src/cli/import/rows.ts';
import { type Decisions, readMapping } from '../../src/cli/import/exclusions.ts';

const HASH = '$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHRzb21lc2FsdA$MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI';
const HEADER = 'username,email,full_name,password_hash';

interface Read {
  readonly rows: readonly ImportRow[];
  readonly ignored: readonly string[];
}

const UNDECIDED: Decisions = { mappings: [], dropped: [] };

/** A file as it is read, in pieces of so many bytes. */
async function read(
  content: string | Buffer,
  format: Format,
  { piece = 65_536, ...decisions }: { readonly piece?: number } & Partial<Decisions> = {},
): Promise<Read> {
  const bytes = Buffer.from(content as string);
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
  }
  const rows: ImportRow[] = [];
  const ignored: string[] = [];
  const reading = { ...UNDECIDED, ...decisions, format, onIgnored: (name: string) => ignored.push(name) };
  for await (const row of readRows(readRecords(pieces(), format === 'csv'), reading)) rows.push(row);
  return { rows, ignored };
}

async function* from(rows: readonly ImportRow[]) {
  yield* rows;
}

const told = ({ rows }: Read) => rows.map((row) => [row.line, 'fault' in row ? row.fault : row.account.username]);
const line = (name: string, fullName = '') => `${name},${name}@example.com,${fullName},"${HASH}"`;

describe('a CSV of accounts', () => {
  it.each([1, 2, 7, 65_536])('is read the same in pieces of %i bytes, with the numbers of its lines', async (piece) => {
    const file = [
      `\ufeff${HEADER}`,
      line('kandi', '"Kandi, ""K"" One"'),
      '',
      line('two-lines', '"Two\r\nlines"'),
      line('stray', 'a "stray" quote'),
      line('open', '"never closed'),
      line('behind', '"text"behind'),
      'too,few',
      line('last'),
    ].join('\r\n');
    const { rows, ignored } = await read(file, 'csv', { piece });
    expect(ignored).toEqual([]);
    expect(rows[0]).toMatchObject({ account: { fullName: 'Kandi, "K" One', role: 'user', passwordHash: HASH } });
    expect(rows[1]).toMatchObject({ account: { fullName: 'Two\r\nlines' } });
    expect(told({ rows, ignored })).toEqual([
      [2, 'kandi'],
      [4, 'two-lines'],
      [6, expect.stringContaining('is not valid CSV')],
      [7, expect.stringContaining('unclosed quote')],
      [8, expect.stringContaining('unclosed quote')],
      [9, 'has 2 columns instead of 4'],
      [10, 'last'],
    ]);
  });

  it('loses one line to a quote that nothing closes, and to a line that is too long', async () => {
    const file = [HEADER, `a,"${'x'.repeat(2 * LONGEST_RECORD)}`, line('kandi'), 'y'.repeat(200_000), line('last')];
    expect(told(await read(file.join('\n'), 'csv'))).toEqual([
      [2, expect.stringMatching(/too long|is longer|quote/)],
      [3, 'kandi'],
      [4, 'is longer than 64 KiB'],
      [5, 'last'],
    ]);
  });

  it.each([
    ['csv', (bytes: number) => `kandi,${'x'.repeat(bytes - `kandi,,,${HASH}`.length)},,${HASH}`],
    ['jsonl', (bytes: number) => '{}'.padEnd(bytes)],
  ] as const)('takes a line of 64 KiB as it is, and none that is longer: %s', async (format, lineOf) => {
    const isTooLong = ({ rows }: Read) => rows.some((row) => 'fault' in row && /longer than 64 KiB/.test(row.fault));
    const head = format === 'csv' ? `${HEADER}\n` : '';
    const outcome = async (bytes: number) => isTooLong(await read(`${head}${lineOf(bytes)}\n`, format));
    expect([await outcome(LONGEST_RECORD), await outcome(LONGEST_RECORD + 1)]).toEqual([false, true]);
  });

  it('takes no more memory for one endless line than for a short one', async () => {
    let pieces = 0;
    async function* endless() {
      yield Buffer.from(`${HEADER}\n`);
      for (; pieces < 4_096; pieces += 1) yield Buffer.alloc(65_536, pieces % 2 ? '"x' : 'x');
    }
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    const faults: unknown[] = [];
    for await (const row of readRows(readRecords(endless(), true), {
      ...UNDECIDED,
      format: 'csv',
      onIgnored: () => {},
    })) {
      faults.push(row);
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    }
    expect(pieces).toBe(4_096);
    expect(faults).toHaveLength(1);
    expect(most).toBeLessThan(100 * 1024 * 1024);
  });

  it.each([
    ['', 'is empty'],
    ['username;email;password_hash\n', 'missing (separate them by commas): username, email, passwordHash'],
    ['username,email\n', 'missing (separate them by commas): passwordHash'],
    ['username,email,password_hash,passwordHash\n', 'two columns have this name'],
    ['username,email,password\nkandi,k@example.com,secret\n', 'passwords are not imported, only their hashes'],
    [Buffer.from('\ufeffusername,email,password_hash', 'utf16le'), 'line 1, the header: is not UTF-8'],
  ])('is refused as a whole for its header: %j', async (file, reason) => {
    await expect(read(file, 'csv')).rejects.toThrow(BadFile);
    await expect(read(file, 'csv')).rejects.toThrow(reason);
  });

  it('has a name once: of two lines with it the second is bad, whatever else it says', async () => {
    const file = [HEADER, line('kandi'), line('two'), `Kandi,other@example.com,,"${HASH}"`].join('\n');
    const rows: ImportRow[] = [];
    for await (const row of refuseRepeats(from((await read(file, 'csv')).rows))) rows.push(row);
    expect(told({ rows, ignored: [] })).toEqual([
      [2, 'kandi'],
      [3, 'two'],
      [4, 'username: the same name as in line 2'],
    ]);
  });

  it('tells of the columns that it leaves out, once', async () => {
    const file = `id,${HEADER},constructor\n1,${line('kandi')},x\n2,${line('two')},y\n`;
    expect((await read(file, 'csv')).ignored).toEqual(['id', 'constructor']);
  });
});

describe('columns that may keep accounts out', () => {
  const standings = ({ rows }: Read) => rows.map((row) => ('fault' in row ? row.fault : row.account.disabled));
  const csv = (column: string, ...values: string[]) =>
    [`${HEADER},${column}`, ...values.map((value, at) => `${line(`u${at}`)},${value}`)].join('\n');
  const mapped = (...texts: string[]) =>
    texts.reduce<Decisions['mappings']>((before, text) => readMapping(text, before), []);

  it.each(
    [
      ['disabled_at', 'isDisabled', 'Disabled', 'is_active', 'active', 'inactive', 'enabled', 'deactivated_on'],
      ['blocked', 'is blocked', 'banned', 'BANNED', 'isBanned', 'banned_until', 'ban', 'bans'],
      [
        'locked',
        'LockoutEnd',
        'account_non_locked',
        'suspended',
        'status',
        'user_status',
        'accountState',
        'deleted_at',
      ],
      [
        'is_valid',
        'login_allowed',
        'access_denied',
        'can_login',
        'blacklisted',
        'userAccountControl',
        'on_hold',
        'left',
      ],
      ['archived', 'revoked', 'account_expires', 'confirmed_at', 'emailVerified', 'approved'],
    ].flat(),
  )('stop the import until they are decided about: %s', async (column) => {
    await expect(read(csv(column, 'x'), 'csv')).rejects.toThrow(BadFile);
    await expect(read(csv(column, 'x'), 'csv')).rejects.toThrow(`--map ${column}=disabled`);
    await expect(read(csv(column, 'x'), 'csv')).rejects.toThrow(`--drop ${column}`);
    const member = JSON.stringify({ username: 'a', email: 'a@example.com', passwordHash: HASH, [column]: null });
    await expect(read(member, 'jsonl')).rejects.toThrow(`line 1: ${column}: may mark disabled accounts`);
    expect(standings(await read(csv(column, 'x'), 'csv', { dropped: [column] }))).toEqual([false]);
  });

  it.each(['id', 'created_at', 'last_login', 'phone', 'urban_area', 'iban', 'last_activity', 'group', 'locale'])(
    'are not others: %s',
    async (column) => {
      expect((await read(csv(column, 'x'), 'csv')).ignored).toEqual([column]);
    },
  );

  it('are named all at once, and found inside of objects', async () => {
    await expect(read(`${HEADER},blocked,id,is_active\n`, 'csv')).rejects.toThrow('blocked, is_active: may mark');
    const nested = JSON.stringify({ username: 'a', flags: { account: { locked: true } } });
    await expect(read(nested, 'jsonl')).rejects.toThrow('flags.account.locked: may mark disabled accounts');
  });

  it.each([
    ['disabled', ['true', 't', '1', 'YES', '2024-01-02T03:04:05Z', '2024-01-02 03:04', '1700000000'], true],
    ['disabled', ['', 'false', 'F', '0', 'no'], false],
    ['disabled', ['perhaps', '2', '0000-00-00 00:00:00'], expect.stringContaining('must be true, false or a date')],
    ['enabled', ['false', '0', 'n'], true],
    ['enabled', ['true', 'Y', '1'], false],
    ['enabled', [''], 'column: is missing'],
    ['enabled:active, Trial', ['', 'banned', 'ACTIVE!'], true],
    ['enabled:active, Trial', ['Active', 'trial'], false],
  ] as const)('mean what the operator maps them to: %s of %j', async (meaning, values, expected) => {
    const outcomes = standings(
      await read(csv('column', ...values.map((value) => `"${value}"`)), 'csv', {
        mappings: mapped(`column=${meaning}`),
      }),
    );
    expect(outcomes).toEqual(values.map(() => expected));
  });

  it('keep an account out where any of them does', async () => {
    const file = `${HEADER},disabled,banned,active\n${[
      'false,false,true',
      'true,false,true',
      'false,1,true',
      'false,,0',
    ]
      .map((values, at) => `${line(`u${at}`)},${values}`)
      .join('\n')}`;
    const mappings = mapped('banned=disabled', 'active=enabled');
    expect(standings(await read(file, 'csv', { mappings }))).toEqual([false, true, true, true]);
  });

  it('are refused where --map names a column that the file does not have, or says nothing', async () => {
    await expect(read(csv('x', 'y'), 'csv', { mappings: mapped('baned=disabled') })).rejects.toThrow(
      'the columns of --map are missing: baned',
    );
    for (const text of ['banned', 'banned=', 'banned=yes', '=disabled', 'banned=disabled:x', 'banned=enabled:']) {
      expect(() => readMapping(text)).toThrow('It must be COLUMN=disabled');
    }
  });
});

describe('accounts as JSON lines', () => {
  it.each([1, 65_536])('are read in pieces of %i bytes, and no fault tells what stood there', async (piece) => {
    const good = { username: 'kandi', email: 'k@example.com', passwordHash: HASH, disabled: true, legacy: {} };
    const lines = [
      JSON.stringify(good),
      '{"username": "hunter2',
      '["hunter2"]',
      JSON.stringify({ ...good, password: 'hunter2' }),
      JSON.stringify({ ...good, password_hash: 'hunter2' }),
      JSON.stringify({ ...good, fullName: 2 }),
      JSON.stringify({ ...good, disabled: 'perhaps' }),
      JSON.stringify({ username: 'kandi' }),
      JSON.stringify({ ...good, disabled: 'FALSE', full_name: 'Ümläut' }),
    ];
    const { rows, ignored } = await read(`\ufeff${lines.join('\n')}`, 'jsonl', { piece });
    expect(ignored).toEqual(['legacy']);
    expect(JSON.stringify(rows)).not.toContain('hunter2');
    expect(rows[0]).toMatchObject({ account: { disabled: true, fullName: null } });
    expect(told({ rows, ignored })).toEqual([
      [1, 'kandi'],
      [2, 'is not JSON'],
      [3, 'is not a JSON object'],
      [4, expect.stringContaining('passwords are not imported')],
      [5, 'passwordHash: occurs twice'],
      [6, 'fullName: must be text'],
      [7, 'disabled: must be true or false'],
      [8, 'email: is missing; passwordHash: is missing'],
      [9, 'kandi'],
    ]);
    expect(rows[8]).toMatchObject({ account: { disabled: false, fullName: 'Ümläut' } });
  });

  it('are refused one by one where they are not UTF-8', async () => {
    const file = Buffer.concat([Buffer.from('{"username":"'), Buffer.from([0xff]), Buffer.from('"}\n')]);
    expect(told(await read(file, 'jsonl'))).toEqual([[1, 'is not UTF-8']]);
  });
});
