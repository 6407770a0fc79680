import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { holdBuild } from '../support/server_process.ts';

const run = promisify(execFile);
const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const pack = async (...more: string[]) => {
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', ...more]);
  return JSON.parse(stdout)[0] as { filename: string; files: { path: string }[] };
};
/** Returns the value of every condition of every entry point. */
const targets = (exports: unknown): string[] =>
  typeof exports === 'string' ? [join(exports)] : Object.values(exports as object).flatMap(targets);

let folder: string;
beforeAll(async () => {
  await holdBuild();
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-package-'));
}, 180_000);
afterAll(() => rmSync(folder, { recursive: true }));

describe('the package', () => {
  it('is built before it is packed, because a clone has no build', () => {
    expect(manifest.scripts.prepack).toBe(manifest.scripts.build);
  });

  it('has every file of its entry points and their imports, with types, but not the server', async () => {
    const { files } = await pack('--dry-run');
    const packed = files.map(({ path }) => path);
    const reached = new Set(targets(manifest.exports));
    for (const file of reached) {
      if (!packed.includes(file)) continue;
      for (const [, to = ''] of readFileSync(file, 'utf8').matchAll(/\b(?:from|import)\b[ (]*['"](\.[^'"]+)['"]/g)) {
        // TypeScript reads `./a.ts` in a declaration as `a.d.ts`.
        reached.add(join(file, '..', to.replace(/(?<!\.d)\.ts$/, '.d.ts')));
      }
    }
    expect(reached.size).toBeGreaterThan(15);
    expect([...reached].filter((file) => !packed.includes(file))).toEqual([]);
    expect(packed.filter((file) => /\.ts$/.test(file) && !/\.d\.ts$/.test(file))).toEqual([]);
    expect(packed).not.toContain('dist/main.js');
    expect(packed).toEqual(
      expect.arrayContaining(['README.md', 'LICENSE', 'CHANGELOG.md', 'docs/subgraphs.md', 'docs/clients.md']),
    );
  });

  it.each([
    ['client', ['index', 'apollo', 'urql']],
    ['subgraph', ['index', 'apollo', 'yoga']],
  ])('keeps the former paths of %s in the build', async (name, entries) => {
    for (const entry of entries) {
      const path = (folder: string) => JSON.stringify(pathToFileURL(join(folder, `${entry}.js`)).href);
      // In a process, so that both come from the build.
      const { stdout } = await run(process.execPath, [
        '--input-type=module',
        '-e',
        `const [former, present] = await Promise.all([import(${path(`dist/${name}`)}), import(${path(`packages/${name}/dist`)})]);
         const names = Object.keys(present);
         console.log(names.length > 0 && names.every((name) => former[name] === present[name]));`,
      ]);
      expect([entry, stdout.trim()]).toEqual([entry, 'true']);
    }
  });

  it('has the sources in its source maps, for debuggers', async () => {
    const { files } = await pack('--dry-run');
    const maps = files.map(({ path }) => path).filter((path) => path.endsWith('.js.map'));
    expect(maps).toContain('packages/client/dist/index.js.map');
    for (const file of maps) {
      const { sources, sourcesContent } = JSON.parse(readFileSync(file, 'utf8'));
      expect([file, sourcesContent?.length]).toEqual([file, sources.length]);
    }
  });

  it('declares its modules free of side effects, except the pages of the console', () => {
    expect(manifest.sideEffects).toBe(false);
    expect(JSON.parse(readFileSync('web/package.json', 'utf8')).sideEffects).toBe(true);
  });

  it('needs no other package for the core of the client kit, which is in every page', () => {
    const core = readdirSync('packages/client/dist').filter((file) => /(?<!^apollo|^urql)\.js$/.test(file));
    expect(core).toContain('index.js');
    const imports = core.flatMap((file) => {
      const text = readFileSync(join('packages/client/dist', file), 'utf8');
      return [...text.matchAll(/\b(?:from|import)\b[ (]*['"]([^'"]+)['"]/g)].map(([, name = '']) => name);
    });
    expect(imports.filter((name) => !name.startsWith('./'))).toEqual([]);
    expect(imports).toContain('./gateway.js');
  });

  describe('installed', () => {
    beforeAll(async () => {
      const { filename } = await pack('--pack-destination', folder);
      const home = join(folder, 'node_modules', manifest.name);
      mkdirSync(home, { recursive: true });
      await run('tar', ['-xzf', join(folder, filename), '-C', home, '--strip-components=1']);
    });
    const evaluate = async (code: string) => {
      const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', code], { cwd: folder });
      return stdout.trim().split('\n');
    };

    it('lets a program import the client kit without other packages', async () => {
      const code = `import { createAuthClient } from 'gatehouse/client';
        const auth = createAuthClient({ url: 'http://127.0.0.1:9' });
        const error = await auth.login({ username: 'a', password: 'b' }).catch((error) => error);
        console.log(await auth.ready, error.code);`;
      expect(await evaluate(code)).toEqual(['signed-out UNREACHABLE']);
    });

    it.each([
      ['page', { lib: ['es2023', 'dom'], types: [] }],
      [
        'program in Node',
        { lib: ['es2023'], types: ['node'], typeRoots: [join(process.cwd(), 'node_modules/@types')] },
      ],
    ])('has types for a %s, with only its libraries', async (_kind, libraries) => {
      writeFileSync(join(folder, 'consumer.ts'), CONSUMER);
      const compilerOptions = {
        strict: true,
        module: 'nodenext',
        noEmit: true,
        skipDefaultLibCheck: true,
        ...libraries,
      };
      const project = { compilerOptions, files: ['consumer.ts'] };
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(project));
      writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
      const tsc = join(process.cwd(), 'node_modules/typescript/bin/tsc');
      const { stdout } = await run(process.execPath, [tsc, '-p', folder]).catch((error: { stdout: string }) => error);
      expect(stdout).toBe('');
    });

    it('lets a program import every entry point whose dependencies are installed', async () => {
      symlinkSync(join(process.cwd(), 'node_modules'), join(folder, 'node_modules', manifest.name, 'node_modules'));
      const doors = Object.keys(manifest.exports).map((door) => door.replace(/^\./, manifest.name));
      const code = doors
        .filter((door) => !door.endsWith('.json'))
        .map((door) => `console.log('${door}', Object.keys(await import('${door}')).join());`)
        .join('\n');
      expect(await evaluate(code)).toEqual([
        'gatehouse/client AuthError,createAuthClient,readAuthErrors',
        'gatehouse/client/apollo createAuthLink',
        'gatehouse/client/urql authExchange',
        'gatehouse/subgraph IdentityError,createVerifier,hasRole,hasScopes,verifyIdentity',
        'gatehouse/subgraph/apollo identityContext,keepBody,serveApollo',
        'gatehouse/subgraph/yoga useIdentity',
      ]);
    });
  });
});

describe.each(['client', 'subgraph'])('the workspace packages/%s', (name) => {
  const home = join('packages', name);
  const own = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));

  it('has the version and the license of the server, and is built before it is packed', () => {
    expect(own).toMatchObject({ name: `gatehouse-${name}`, version: manifest.version, license: manifest.license });
    expect(own.scripts.prepack).toBe('node -r ../../src/require_node.cjs ../../scripts/build.ts');
    expect(readFileSync(join(home, 'LICENSE'), 'utf8')).toBe(readFileSync('LICENSE', 'utf8'));
  });

  it('has the same entry points as the package of the server', () => {
    const entries = Object.entries(own.exports).filter(([entry]) => !entry.endsWith('.json'));
    const theirs = entries.map(([entry, paths]) => [
      entry.replace('.', `./${name}`),
      Object.fromEntries(Object.entries(paths as object).map(([kind, path]) => [kind, `./${join(home, path)}`])),
    ]);
    const ours = Object.entries(manifest.exports).filter(([entry]) => entry.startsWith(`./${name}`));
    expect(Object.fromEntries(theirs)).toEqual(Object.fromEntries(ours));
  });

  it('has every file that its entry points name', async () => {
    const { files } = await pack('--dry-run', '-w', own.name);
    const packed = files.map(({ path }) => path);
    expect(packed).toEqual(expect.arrayContaining([...targets(own.exports), 'README.md', 'LICENSE', 'CHANGELOG.md']));
    expect(packed.filter((file) => /^(?:src|test)\//.test(file))).toEqual([]);
  });

  it('imports only declared packages', () => {
    const declared = Object.keys({ ...own.dependencies, ...own.peerDependencies });
    const imported = readdirSync(join(home, 'dist'))
      .filter((file) => file.endsWith('.js'))
      .flatMap((file) => [
        ...readFileSync(join(home, 'dist', file), 'utf8').matchAll(/^(?:im|ex)port .* from '([^.'][^']*)'/gm),
      ])
      .map(([, from = '']) => /^(?:@[^/]+\/)?[^/]+/.exec(from)![0])
      .filter((from) => !from.startsWith('node:'));
    expect(imported.filter((from) => !declared.includes(from))).toEqual([]);
  });
});

it('the client can be installed without a network and without a compiler', async () => {
  const { filename } = await pack('-w', 'gatehouse-client', '--pack-destination', folder);
  const app = join(folder, 'app');
  mkdirSync(app);
  await run('npm', ['install', '--offline', '--ignore-scripts', '--prefix', app, join(folder, filename)]);
  expect(readdirSync(join(app, 'node_modules')).filter((entry) => !entry.startsWith('.'))).toEqual([
    'gatehouse-client',
  ]);
  const code = `import { createAuthClient } from 'gatehouse-client';
    const auth = createAuthClient({ url: 'http://127.0.0.1:9' });
    console.log(await auth.login({ username: 'a', password: 'b' }).catch(({ code }) => code));`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', code], { cwd: app });
  expect(stdout).toBe('UNREACHABLE\n');
});

/** A wrong type anywhere in it is found only where the kit's own have been understood. */
const CONSUMER = `
  import { AuthError, createAuthClient, readAuthErrors } from 'gatehouse/client';
  const auth = createAuthClient({ url: 'https://auth.example.com', fetch });
  auth.on('change', ({ state }) => {
    const known: 'unknown' | 'signed-in' | 'signed-out' = state;
    // @ts-expect-error: there is no such state
    const other: 'else' = state;
  });
  export const answer: Promise<Response> = auth.fetch('/users/me', { headers: { accept: 'application/json' } });
  export const errors: AuthError[] = readAuthErrors([{ message: 'no' }]);
  // @ts-expect-error: the address is missing
  createAuthClient({});
`;
