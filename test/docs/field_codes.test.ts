import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { FIELD_CODES } from '../../src/kernel/field_faults.ts';

it('lists every code of a field, and no others', () => {
  const [, section = ''] = /\n## Errors\n(.*?)\n## /s.exec(readFileSync('docs/concepts.md', 'utf8')) ?? [];
  const listed = [...section.matchAll(/^\| `([A-Z_]+)` /gm)].map(([, code]) => code);
  expect(listed.toSorted()).toEqual(FIELD_CODES.toSorted());
});
