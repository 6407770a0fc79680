import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build, isStale, LOCK } from './build.ts';
import { lockFile } from './store/file_lock.ts';

/** `npm start`: builds where the build is stale, and never under the feet of an instance that runs from it. */
const BUILD_PATIENCE_MS = 180_000;

mkdirSync(dirname(LOCK), { recursive: true });
const until = Date.now() + BUILD_PATIENCE_MS;
while (isStale()) {
  const building = lockFile(LOCK, 'exclusive');
  if (building) {
    process.stdout.write('Building …\n');
    build();
    building.release();
    break;
  }
  const running = lockFile(LOCK, 'shared');
  if (running || Date.now() > until) {
    process.stderr.write(
      'The build is stale, and another instance runs from it.\n' +
        'Stop that one first, or start from another clone of the repository.\n',
    );
    process.exit(1);
  }
  // Somebody else is building the same thing.
  await sleep(500);
}

// Held until this process ends.
const running = lockFile(LOCK, 'shared');
if (!running) throw new Error('The build is being replaced: start again');
process.once('exit', () => running.release());
const built = new URL('../dist/main.js', import.meta.url);
await import(built.href);
