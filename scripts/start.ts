import { ensureBuilt, lockBuild } from './build.ts';

/**
 * `npm start` and `npm run cli`: builds where the build is stale, and runs an entry of it (`main`, `cli`); nobody
 * replaces it until this process ends.
 */
const [entry = 'main'] = process.argv.splice(2, 1);
try {
  await ensureBuilt();
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(1);
}
const running = lockBuild('shared');
if (!running) throw new Error('The build is being replaced. Start again');
process.once('exit', () => running.release());
const built = new URL(`../dist/${entry}.js`, import.meta.url);
await import(built.href);
