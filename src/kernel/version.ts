import { readFileSync } from 'node:fs';

/** Which release this is: package.json's. */
export const { version: VERSION } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { readonly version: string };
