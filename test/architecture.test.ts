import { describe, expect, it } from '@jest/globals';
import { cruise, type ICruiseResult } from 'dependency-cruiser';

/** Who may import whom. Rooms outside the table, the composition root and the entry points, may import anything. */
const ROOMS: Record<string, readonly string[]> = {
  kernel: [],
  // What an address of a store may look like is for the store to say.
  config: ['kernel', 'store'],
  store: ['kernel'],
  users: ['kernel', 'store'],
  passwords: ['kernel', 'store'],
  tokens: ['kernel', 'store'],
  sessions: ['kernel', 'store'],
  limits: ['kernel', 'store'],
  audit: ['kernel', 'store'],
  // A use case spans rooms, and so do its transactions: it needs the store's.
  clients: ['kernel', 'store'],
  signin: ['kernel', 'store', 'users', 'passwords', 'tokens', 'sessions', 'limits', 'audit', 'clients'],
  oauth: ['kernel', 'signin', 'users', 'passwords', 'tokens', 'sessions', 'limits', 'audit', 'clients'],
  graphql: ['kernel', 'signin', 'users', 'passwords', 'tokens', 'sessions', 'limits', 'audit', 'clients'],
  // Packages of their own, in effect: they run in other teams' servers, pages and programs.
  subgraph: [],
  client: [],
  // Who asks, and what scopes cover, is for `signin` to say; the keys of identities are derived in `kernel`.
  gateway: ['kernel', 'store', 'limits', 'signin', 'graphql'],
  // The doors are opened on the use cases.
  http: ['kernel', 'signin', 'oauth', 'graphql', 'tokens', 'clients', 'subgraph'],
};

const roomOf = (path: string) => /^src\/([^/.]+)/.exec(path)?.[1] ?? path;

describe('the architecture', () => {
  it('has no arrow outside the table, and no cycle', async () => {
    const { output } = await cruise(['src'], {
      doNotFollow: { path: 'node_modules' },
      tsPreCompilationDeps: true,
      tsConfig: { fileName: 'tsconfig.json' },
      ruleSet: { forbidden: [{ name: 'no-circular', severity: 'error', from: {}, to: { circular: true } }] },
      validate: true,
    });
    const { modules, summary } = output as ICruiseResult;
    const own = modules.filter(({ source }) => source.startsWith('src/'));
    expect(own.length).toBeGreaterThan(50);

    const wrong = own.flatMap(({ source, dependencies }) =>
      dependencies
        .filter(({ resolved }) => resolved.startsWith('src/') && roomOf(resolved) !== roomOf(source))
        .filter(({ resolved }) => !(ROOMS[roomOf(source)]?.includes(roomOf(resolved)) ?? true))
        .map(({ resolved }) => `${source} -> ${resolved}`),
    );
    expect(wrong).toEqual([]);
    expect(summary.violations.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  it('knows every room', async () => {
    const { readdir } = await import('node:fs/promises');
    const entries = await readdir('src', { withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
    // Commands may import anything, as the entry that they belong to.
    expect(folders.filter((folder) => folder !== 'cli' && !(folder in ROOMS))).toEqual([]);
  });
});
