import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readTestFile, type TestFile } from '../support/test_titles.ts';

const PAGE = 'docs/advisories.md';
const ID = /^(?:CVE-20(?:2[4-9]|[3-9]\d)-\d{4,}|GHSA(?:-[23456789cfghjmpqrvwx]{4}){3})$/;
const TEST = /^\[[^\]]+\]\((\.\.\/test\/[\w/]+\.test\.ts)\) `(.+)`$/;

interface Row {
  readonly id: string;
  /** The text of the last column. */
  readonly answer: string;
  readonly file: string | undefined;
  readonly title: string | undefined;
}

const cells = readFileSync(PAGE, 'utf8')
  .split('\n')
  .filter((line) => /^\| (?!advisory |-)/.test(line))
  .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|')));
const rows: Row[] = cells.map(([, id = '', , , answer = '']) => {
  const [, file, title] = TEST.exec(answer) ?? [];
  return { id, answer, file: file && join('docs', file), title };
});

const files = new Map<string, TestFile>();
function has({ file, title }: Row): boolean {
  if (file === undefined || title === undefined || !existsSync(file)) return false;
  const known = files.get(file) ?? readTestFile(file);
  files.set(file, known);
  return known.has(title);
}

describe('the advisories', () => {
  it('have an id, a product, a kind and an answer each', () => {
    expect(cells.filter((row) => row.length !== 6 || row.slice(1, -1).includes(''))).toEqual([]);
  });

  it('have ids as they are given out, from 2024 on, each once', () => {
    const ids = rows.map(({ id }) => id);
    expect(ids.filter((id) => !ID.test(id))).toEqual([]);
    expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
  });

  it('name a test that there is, by file and title', () => {
    expect(
      rows.filter((row) => row.file !== undefined && !has(row)).map(({ id, answer }) => `${id} ${answer}`),
    ).toEqual([]);
  });

  it('say why they cannot apply', () => {
    const others = rows.filter(({ file }) => file === undefined);
    expect(others.filter(({ answer }) => answer.length < 15 || answer.includes('](')).map(({ id }) => id)).toEqual([]);
  });

  it('are tried by a test for at least eighty of them', () => {
    expect(rows.filter(({ file }) => file !== undefined).length).toBeGreaterThanOrEqual(80);
  });
});

describe('a title of a test', () => {
  const file = readTestFile('test/clients/redirect_uri.test.ts');
  it.each([
    ['a suite', 'isRegistered', true],
    ['a row of a table', 'is false for one with a fragment', true],
    ['a row that is not there', 'is false for one with two fragments', false],
    ['a part of one', 'isReg', false],
    ['nothing', '', false],
  ])('is found where it is there: %s', (_what, title, found) => {
    expect(file.has(title)).toBe(found);
  });
});
