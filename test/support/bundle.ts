import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Runs in a separate process, because a bundler loads native code, which jest's own modules cannot. */
const PROGRAM = `
  import { text } from 'node:stream/consumers';
  import { build } from 'vite';
  const entry = process.cwd() + '/docs/page.tsx';
  const code = await text(process.stdin);
  const kit = (name) => process.cwd() + '/packages/client/src/' + name + '.ts';
  const [{ output }] = [await build({
    configFile: false,
    logLevel: 'error',
    resolve: {
      alias: [
        { find: /^gatehouse-client$/, replacement: kit('index') },
        { find: /^gatehouse-client\\/(.+)$/, replacement: kit('$1') },
      ],
    },
    plugins: [{
      name: 'entry',
      enforce: 'pre',
      resolveId: (id) => (id === entry ? id : undefined),
      load: (id) => (id === entry ? code : undefined),
    }],
    build: { write: false, minify: false, target: 'es2023', rolldownOptions: { input: entry } },
  })].flat();
  process.stdout.write(output[0].code);
`;

/** Bundles a page's script as an app's build does: TypeScript and JSX, with the kit's sources and the libraries here. */
export async function bundle(code: string): Promise<string> {
  const flags = ['--no-warnings', '--input-type=module', '--eval', PROGRAM];
  const building = promisify(execFile)(process.execPath, flags, {
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, NODE_ENV: 'production' },
  });
  building.child.stdin!.end(code);
  return (await building).stdout;
}
