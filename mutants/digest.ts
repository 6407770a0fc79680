import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** Returns a digest that identifies the version of a file. */
export function digestOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('base64url');
}
