import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from '@jest/globals';

/** Compares what was generated with what is committed; `npm run generate` writes it instead. */
export function expectCommitted(path: string, content: string): void {
  if (process.env['GENERATE']) writeFileSync(path, content);
  else expect(readFileSync(path, 'utf8')).toBe(content);
}
