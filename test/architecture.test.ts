import { describe, expect, it } from '@jest/globals';
import { cruise, type ICruiseResult } from 'dependency-cruiser';

/** The rooms of `src` and the rooms that each may import. `ENTRIES` may import anything. */
const ROOMS: Record<string, readonly string[]> = {
  kernel: [],
  // The store decides how the address of a store may look.
  config: ['kernel', 'store'],
  store: ['kernel'],
  // The domain: rows and rules. The rooms do not import one another, except that tokens are signed by keys.
  users: ['kernel', 'store'],
  credentials: ['kernel', 'store'],
  keys: ['kernel', 'store'],
  tokens: ['kernel', 'store', 'keys'],
  sessions: ['kernel', 'store'],
  limits: ['kernel', 'store'],
  audit: ['kernel', 'store'],
  clients: ['kernel', 'store'],
  // A use case spans rooms, and so does its transaction.
  application: ['kernel', 'store', 'users', 'credentials', 'keys', 'tokens', 'sessions', 'limits', 'audit', 'clients'],
  // The doors.
  oauth: ['kernel', 'application', 'audit', 'clients'],
  graphql: ['kernel', 'application', 'users', 'keys', 'audit', 'clients'],
  gateway: ['kernel', 'store', 'limits', 'application', 'graphql'],
  http: ['kernel', 'application', 'oauth', 'graphql', 'keys', 'clients'],
};

/** Entry points and the rooms that put everything together. */
const ENTRIES = ['composition', 'process', 'cli'];

/** The folders of `application`, by goal. Imports flow down this list only. */
const GOALS = ['sessions', 'accounts', 'oauth', 'administration', 'authentication', 'foundation'];

const roomOf = (path: string) => /^src\/([^/.]+)/.exec(path)?.[1] ?? path;
const goalOf = (path: string) => /^src\/application\/([^/.]+)\//.exec(path)?.[1];

interface Arrow {
  readonly from: string;
  readonly to: string;
}

const { arrows, circles } = await readImports('src');

/** Returns the imports between the files of a folder, and those that are part of a cycle. */
async function readImports(folder: string) {
  const { output } = await cruise([folder], {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    ruleSet: { forbidden: [{ name: 'no-circular', severity: 'error', from: {}, to: { circular: true } }] },
    validate: true,
  });
  const { modules, summary } = output as ICruiseResult;
  const isOwn = (path: string) => path.startsWith(`${folder}/`);
  const found = modules
    .filter(({ source }) => isOwn(source))
    .flatMap(({ source, dependencies }) =>
      dependencies.filter(({ resolved }) => isOwn(resolved)).map(({ resolved }) => ({ from: source, to: resolved })),
    );
  return { arrows: found, circles: summary.violations.map(({ from, to }) => `${from} -> ${to}`) };
}

const written = (found: readonly Arrow[]) => found.map(({ from, to }) => `${from} -> ${to}`);

describe('the architecture', () => {
  it('has no import outside the table', () => {
    expect(arrows.length).toBeGreaterThan(500);
    const wrong = arrows
      .filter(({ from, to }) => roomOf(from) !== roomOf(to))
      .filter(({ from, to }) => !(ROOMS[roomOf(from)]?.includes(roomOf(to)) ?? true));
    expect(written(wrong)).toEqual([]);
  });

  it('has no cycle', () => {
    expect(circles).toEqual([]);
  });

  it('lets use cases import only goals below their own', () => {
    const wrong = arrows.filter(({ from, to }) => {
      const [above, below] = [goalOf(from), goalOf(to)];
      return above !== undefined && below !== undefined && GOALS.indexOf(above) > GOALS.indexOf(below);
    });
    expect(written(wrong)).toEqual([]);
  });

  it('has packages that import nothing of the server, which imports their entry points alone', async () => {
    const { output } = await cruise(['src', 'packages/client/src', 'packages/subgraph/src'], {
      doNotFollow: { path: 'node_modules' },
      tsPreCompilationDeps: true,
      tsConfig: { fileName: 'tsconfig.json' },
    });
    const packageOf = (path: string) => /^packages\/[^/]+/.exec(path)?.[0];
    const crossing = (output as ICruiseResult).modules.flatMap(({ source, dependencies }) =>
      dependencies
        .filter(({ resolved }) => /^(?:src|packages)\//.test(resolved) && packageOf(resolved) !== packageOf(source))
        .map(({ resolved, module }) => ({ source, resolved, module })),
    );
    expect(crossing.length).toBeGreaterThan(0);
    expect(crossing.filter(({ source }) => packageOf(source))).toEqual([]);
    expect(new Set(crossing.map(({ module }) => module))).toEqual(new Set(['gatehouse-subgraph']));
  });

  it('knows every room and every goal', async () => {
    const { readdir } = await import('node:fs/promises');
    const foldersOf = async (path: string) =>
      (await readdir(path, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map(({ name }) => name);
    const folders = await foldersOf('src');
    expect(folders.filter((folder) => !ENTRIES.includes(folder) && !(folder in ROOMS))).toEqual([]);
    expect((await foldersOf('src/application')).sort()).toEqual([...GOALS].sort());
  });
});
