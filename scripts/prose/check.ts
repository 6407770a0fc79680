import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { faultOf } from './faults.ts';
import { markdownParagraphs } from './markdown_paragraphs.ts';
import { compareNumbers, type Numbers, totalOf } from './numbers.ts';
import { sentencesOf } from './paragraph.ts';
import { roomOf } from './room.ts';
import { sourceParagraphs } from './source_paragraphs.ts';

/** `npm run check:prose`. Node runs this file as it is, so it uses no syntax that has to be compiled. */
const ROOT = join(import.meta.dirname, '../..');
const NUMBERS = join(import.meta.dirname, 'numbers.json');
const SOURCES = ['*', '{src,packages,web,scripts,test,bench,mutants,examples}/**/*'].map(
  (files) => `${files}.{ts,tsx,js,cjs,mjs}`,
);
const DOCUMENTS = ['*.md', '{.github,packages,docs,deploy,examples}/**/*.md'];
const LEFT_OUT = new Set(['node_modules', 'dist', 'results']);
/** Generated: their texts are read where they are written. */
const GENERATED = /(?:^|\/)(?:documents|operations)\.ts$/;
const USAGE = `Usage: npm run check:prose -- [ROOM…] [--update] [--moved]
  ROOM      list the sentences to mend in a room, such as src/kernel
  --update  write the numbers that fell to scripts/prose/numbers.json
  --moved   with --update, when files moved between rooms: write the numbers that rose as well, if the sum did not
`;

interface Fault {
  readonly place: string;
  readonly reason: string;
  readonly text: string;
}

function findFaults(): Map<string, Fault[]> {
  const rooms = new Map<string, Fault[]>();
  const exclude = (path: string) => LEFT_OUT.has(path.split('/').at(-1) ?? '');
  for (const path of globSync([...SOURCES, ...DOCUMENTS], { cwd: ROOT, exclude }).sort()) {
    if (GENERATED.test(path)) continue;
    const source = readFileSync(join(ROOT, path), 'utf8');
    const paragraphs = path.endsWith('.md') ? markdownParagraphs(source) : sourceParagraphs(path, source);
    const faults = paragraphs.flatMap(sentencesOf).flatMap(({ text, line }) => {
      const reason = faultOf(text);
      return reason === undefined ? [] : [{ place: `${path}:${line}`, reason, text }];
    });
    const room = roomOf(path);
    rooms.set(room, [...(rooms.get(room) ?? []), ...faults]);
  }
  return rooms;
}

function say(line = ''): void {
  process.stdout.write(`${line}\n`);
}

function list(room: string, faults: readonly Fault[]): void {
  for (const { place, reason, text } of faults) say(`${place}: ${reason}: ${text}`);
  if (faults.length === 0) say(`${room}: no sentence to mend.`);
}

function printTable(counted: Numbers, committed: Numbers): void {
  const rooms = [...new Set([...Object.keys(counted), ...Object.keys(committed)])].sort();
  const width = Math.max(...rooms.map((room) => room.length));
  say(`${'room'.padEnd(width)}  found  allowed`);
  for (const room of rooms) {
    const numbers = [counted, committed].map((each) => each[room] ?? 0);
    if (numbers.some((number) => number > 0)) {
      say(`${room.padEnd(width)}  ${String(numbers[0]).padStart(5)}  ${String(numbers[1]).padStart(7)}`);
    }
  }
  say(`${'all'.padEnd(width)}  ${String(totalOf(counted)).padStart(5)}  ${String(totalOf(committed)).padStart(7)}\n`);
}

function save(numbers: Numbers): void {
  const named = Object.entries(numbers)
    .filter(([, number]) => number > 0)
    .sort(([one], [other]) => (one < other ? -1 : 1));
  writeFileSync(NUMBERS, `${JSON.stringify(Object.fromEntries(named), null, 2)}\n`);
}

function run(): number {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { update: { type: 'boolean' }, moved: { type: 'boolean' }, help: { type: 'boolean' } },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const found = findFaults();
  if (positionals.length > 0) {
    for (const room of positionals) list(room, found.get(room.replace(/\/$/, '')) ?? []);
    return 0;
  }
  const counted = Object.fromEntries([...found].map(([room, faults]) => [room, faults.length]));
  const committed = JSON.parse(readFileSync(NUMBERS, 'utf8')) as Numbers;
  const { risen, fallen } = compareNumbers(counted, committed);
  printTable(counted, committed);

  const moved = values.moved === true && totalOf(counted) <= totalOf(committed);
  if (risen.length > 0 && !(values.update && moved)) {
    for (const room of risen) list(room, found.get(room) ?? []);
    say(`\nMore sentences to mend than the numbers allow in ${risen.join(', ')}; they are listed above.`);
    say('Reword the new ones: CONTRIBUTING.md, "English". The number of a room may only fall.');
    say('If files only moved between rooms: npm run check:prose -- --update --moved');
    return 1;
  }
  // Only here: the numbers of rooms that files left would fall for good, before those of their new rooms may rise.
  if (values.update) save(counted);
  if (fallen.length > 0 && !values.update) {
    say(`Fewer sentences to mend than the numbers say in ${fallen.join(', ')}.`);
    say('Lower the numbers and commit them: npm run check:prose -- --update');
    return 1;
  }
  return 0;
}

process.exitCode = run();
