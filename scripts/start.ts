import { ensureBuilt, lockBuild } from './build.ts';

/**
 * Implements `npm start` and `npm run cli`: rebuilds a stale build and runs one of its entries (`main`, `cli`). The
 * build cannot be replaced until this process ends.
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
