import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** Tells versions of a file apart. */
export function digestOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('base64url');
}
