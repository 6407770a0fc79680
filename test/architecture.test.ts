import { describe, expect, it } from '@jest/globals';
import { readdir } from 'node:fs/promises';
import { cruise, type ICruiseResult } from 'dependency-cruiser';

/** The rooms of `src` and the rooms that each may import. `ENTRIES` may import anything. */
const ROOMS: Record<string, readonly string[]> = {
  kernel: [],
  // Every room owns its settings.
  config: [
    'kernel',
    'store',
    'credentials',
    'keys',
    'tokens',
    'sessions',
    'limits',
    'audit',
    'application',
    'graphql',
    'gateway',
    'http',
    'mail',
  ],
  store: ['kernel'],
  // The domain: rows and rules. The rooms do not import one another.
  users: ['kernel', 'store'],
  credentials: ['kernel', 'store'],
  keys: ['kernel', 'store'],
  tokens: ['kernel', 'store'],
  sessions: ['kernel', 'store'],
  limits: ['kernel', 'store'],
  audit: ['kernel', 'store'],
  clients: ['kernel', 'store'],
  proofs: ['kernel', 'store'],
  mail: ['kernel', 'store'],
  // A use case spans rooms, and so does its transaction.
  application: [
    'kernel',
    'store',
    'users',
    'credentials',
    'keys',
    'tokens',
    'sessions',
    'limits',
    'audit',
    'clients',
    'mail',
    'proofs',
  ],
  // The doors.
  oauth: ['kernel', 'application', 'audit', 'clients'],
  graphql: ['kernel', 'application', 'users', 'keys', 'audit', 'clients', 'mail'],
  gateway: ['kernel', 'store', 'limits', 'application', 'graphql'],
  http: ['kernel', 'application', 'oauth', 'graphql', 'keys', 'clients'],
  // The packages under their former paths.
  client: [],
  subgraph: [],
};

/** Entry points and the rooms that put everything together. */
const ENTRIES = ['composition', 'process', 'cli'];

/** The pages of `web`, and the rooms of the console. Files beside the rooms put them together. */
const WEB_ROOMS: Record<string, readonly string[]> = {
  'console/ui': [],
  'console/session': ['console/ui', 'web'],
  'console/account': ['console/ui', 'console/session'],
  'console/admin': ['console/ui', 'console/session'],
  'console/sign_in': ['console/ui', 'console/session', 'web'],
  'console/shell': ['console/ui', 'console/session', 'console/account', 'console/admin', 'console/sign_in', 'web'],
  playground: ['web'],
  docs: ['web'],
  // Files that every page may use.
  web: [],
};

/** The folders of `application`, by goal. Imports flow down this list only. */
const GOALS = [
  'sessions',
  'recovery',
  'accounts',
  'oauth',
  'administration',
  'factors',
  'authentication',
  'foundation',
];

const srcRoom = (path: string) => /^src\/([^/.]+)/.exec(path)?.[1] ?? path;
const webRoom = (path: string) =>
  /^web\/((?:console\/)?[^/.]+)\//.exec(path)?.[1] ?? (/^web\/[^/]+$/.test(path) ? 'web' : path);
const credentialOf = (path: string) => /^src\/credentials\/([^/.]+)\//.exec(path)?.[1];
const goalOf = (path: string) => /^src\/application\/([^/.]+)\//.exec(path)?.[1];

interface Import {
  readonly from: string;
  readonly to: string;
}

interface Imports {
  readonly all: readonly Import[];
  readonly circles: readonly string[];
  /** The files of `src` that the folder imports from outside. */
  readonly shared: readonly string[];
}

/** Returns the imports between the files of a folder, and those that are part of a cycle. */
async function readImports(folder: string, tsconfig: string): Promise<Imports> {
  const { output } = await cruise([folder], {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: 'vite.config' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: tsconfig },
    ruleSet: { forbidden: [{ name: 'no-circular', severity: 'error', from: {}, to: { circular: true } }] },
    validate: true,
  });
  const { modules, summary } = output as ICruiseResult;
  const isOwn = (path: string) => path.startsWith(`${folder}/`);
  const all = modules
    .filter(({ source }) => isOwn(source))
    .flatMap(({ source, dependencies }) =>
      dependencies.filter(({ resolved }) => isOwn(resolved)).map(({ resolved }) => ({ from: source, to: resolved })),
    );
  const shared = modules
    .filter(({ source }) => isOwn(source))
    .flatMap(({ dependencies }) => dependencies.map(({ resolved }) => resolved))
    .filter((path) => path.startsWith('src/') && !isOwn(path));
  return { all, shared: [...new Set(shared)], circles: summary.violations.map(({ from, to }) => `${from} -> ${to}`) };
}

const written = (found: readonly Import[]) => found.map(({ from, to }) => `${from} -> ${to}`);

/** Returns the imports that a table of rooms does not allow. A room outside the table may import anything. */
function outside(imports: Imports, table: typeof ROOMS, roomOf: (path: string) => string): string[] {
  const wrong = imports.all
    .map((each) => ({ ...each, rooms: [roomOf(each.from), roomOf(each.to)] as const }))
    .filter(({ rooms: [from, to] }) => from !== to && !(table[from]?.includes(to) ?? true));
  return written(wrong);
}

const foldersOf = async (path: string) =>
  (await readdir(path, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map(({ name }) => name);

const src = await readImports('src', 'tsconfig.json');
const web = await readImports('web', 'web/tsconfig.json');

describe('the architecture of src', () => {
  it('has no import outside the table', () => {
    expect(src.all.length).toBeGreaterThan(500);
    expect(outside(src, ROOMS, srcRoom)).toEqual([]);
  });

  it('has no cycle', () => {
    expect(src.circles).toEqual([]);
  });

  it('lets use cases import only goals below their own', () => {
    const wrong = src.all.filter(({ from, to }) => {
      const [above, below] = [goalOf(from), goalOf(to)];
      return above !== undefined && below !== undefined && GOALS.indexOf(above) > GOALS.indexOf(below);
    });
    expect(written(wrong)).toEqual([]);
  });

  it('keeps the kinds of credentials apart', () => {
    const crossing = src.all.filter(({ from, to }) => {
      const [one, other] = [credentialOf(from), credentialOf(to)];
      return one !== undefined && other !== undefined && one !== other;
    });
    expect(written(crossing)).toEqual([]);
  });

  it('keeps the packages apart from the server, which imports only their entry points', async () => {
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
    const former = /^src\/(?:client|subgraph)\//;
    const used = crossing.filter(({ source }) => !former.test(source)).map(({ module }) => module);
    expect(new Set(used)).toEqual(new Set(['gatehouse-subgraph']));
  });

  it('knows every room and every goal', async () => {
    expect((await foldersOf('src')).sort()).toEqual([...ENTRIES, ...Object.keys(ROOMS)].sort());
    expect((await foldersOf('src/application')).sort()).toEqual([...GOALS].sort());
  });
});

describe('the architecture of web', () => {
  it('has no import outside the table', () => {
    expect(web.all.length).toBeGreaterThan(200);
    expect(outside(web, WEB_ROOMS, webRoom)).toEqual([]);
  });

  it('has no cycle', () => {
    expect(web.circles).toEqual([]);
  });

  it('shares only the codes of faults with the server', () => {
    expect(web.shared).toEqual(['src/kernel/field_faults.ts']);
  });

  it('knows every room', async () => {
    const pages = (await foldersOf('web')).filter((page) => page !== 'console' && page !== 'authorize');
    const rooms = (await foldersOf('web/console')).map((room) => `console/${room}`);
    expect([...pages, ...rooms, 'web'].sort()).toEqual(Object.keys(WEB_ROOMS).sort());
  });
});
