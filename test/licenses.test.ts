import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

/** Licenses that ask for no more than a notice, and of tools that are not shipped a few that ask a little more. */
const FREE =
  /^\(?(MIT|ISC|BSD-[23]-Clause|0BSD|Apache-2\.0|BlueOak-1\.0\.0|Unlicense|Python-2\.0|PSF-2\.0|CC0-1\.0|CC-BY-4\.0|MPL-2\.0|WTFPL|MIT-0)\b/;

interface Entry {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  /** A workspace, under its name in `node_modules`. */
  readonly link?: boolean;
  readonly resolved?: string;
}

const entries = (lock: string) =>
  Object.entries((JSON.parse(readFileSync(lock, 'utf8')) as { packages: Record<string, Entry> }).packages).filter(
    ([path]) => path !== '',
  );

describe.each(['package-lock.json', 'bench/package-lock.json'])('every package of %s', (lock) => {
  it('is free software: none under the Elastic License, which some gateways are, or under none', () => {
    const others = entries(lock).filter(([, { license, link }]) => !link && !FREE.test(license ?? ''));
    expect(others.map(([path, { license }]) => `${path}: ${license}`)).toEqual([]);
  });

  it('is named without the address of a registry', () => {
    const resolved = entries(lock).filter(([, entry]) => entry.resolved && !entry.link);
    expect(resolved.map(([path]) => path)).toEqual([]);
    expect(readFileSync(lock, 'utf8')).not.toContain('://registry');
  });
});

it('uses only dependencies under MIT or a license as permissive', () => {
  const shipped = entries('package-lock.json').filter(([, { dev }]) => !dev);
  expect(shipped.length).toBeGreaterThan(100);
  expect(shipped.filter(([, { license }]) => /MPL|GPL|CC-BY/.test(license ?? '')).map(([path]) => path)).toEqual([]);
});
