import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { readConfig } from '../../src/config/config.ts';
import { secretVariables, Variables } from '../../src/config/variables.ts';

/** Defaults in words, if they follow from another variable or from the machine. */
const IN_WORDS = ['none', '`http://HOST:PORT`', '`PUBLIC_URL`'];
/** Defaults of OpenTelemetry's SDK, or ours if traces are exported. */
const OF_TRACES = /^OTEL_/;

const rows = readFileSync('docs/configuration.md', 'utf8')
  .split('\n')
  .map((line) => /^\| `([A-Z0-9_]+)` +\| (.*?) +\| (.*?) +\|$/.exec(line))
  .flatMap((match) => (match ? [{ name: match[1]!, value: match[2]!, text: match[3]! }] : []));

describe('docs/configuration.md', () => {
  it('has every variable, and no other', () => {
    expect(rows.map(({ name }) => name).sort()).toEqual(Object.keys(Variables.shape).sort());
  });

  it('shows the defaults: set as a whole they change nothing', () => {
    const shown = rows.filter(({ name, value }) => !IN_WORDS.includes(value) && !OF_TRACES.test(name));
    expect(shown.length).toBeGreaterThan(25);
    const env = Object.fromEntries(shown.map(({ name, value }) => [name, value.replaceAll('`', '')]));
    expect(readConfig(env)).toEqual(readConfig({}));
  });

  it('marks the secrets that come as files', () => {
    const marked = rows.filter(({ text }) => text.startsWith('_file_')).map(({ name }) => name);
    expect(marked.sort()).toEqual([...secretVariables].sort());
  });
});
