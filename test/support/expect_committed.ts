import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from '@jest/globals';

/** Compares generated content with the committed file. `npm run generate` writes the file instead. */
export function expectCommitted(path: string, content: string): void {
  if (process.env['GENERATE']) writeFileSync(path, content);
  else expect(readFileSync(path, 'utf8')).toBe(content);
}
