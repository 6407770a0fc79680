import { ensureBuilt, lockBuild } from './build.ts';

/** `npm start`: builds where the build is stale, and runs it; nobody replaces it until this process ends. */
try {
  await ensureBuilt();
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(1);
}
const running = lockBuild('shared');
if (!running) throw new Error('The build is being replaced: start again');
process.once('exit', () => running.release());
const built = new URL('../dist/main.js', import.meta.url);
await import(built.href);
