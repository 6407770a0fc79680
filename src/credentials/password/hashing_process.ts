import { readdirSync } from 'node:fs';
import { setPriority } from 'node:os';
import { createHasher } from './hasher.ts';
import { serveHashing } from './hashing_calls.ts';
import type { Argon2Parameters } from './stored_hash.ts';

/**
 * The process that hashes, forked by `hashing_pool.ts`, which waits for nothing else and reads no environment. Its
 * thread pool is as wide as many hashes may run at once. Tests fork this file as it is, so what it imports uses no
 * syntax that has to be compiled.
 */

/**
 * How far behind whoever shows a token. A hash computes its lanes in a thread each (four, as configured by default), and
 * the system weighs threads one by one: at 10, two hashes at once would still take a third of two busy cores. At 19 they
 * would take next to nothing, and nobody could sign in while others keep every core busy.
 */
const NICE = 15;

/**
 * Linux keeps a priority for each thread, and new ones take it from the one that makes them. A thread may have ended by
 * the time it is told, and a sandbox may not allow it: hashing goes on all the same.
 */
function stepBack(): void {
  for (const thread of threads()) {
    try {
      setPriority(thread, NICE);
    } catch {
      // It is as it was.
    }
  }
}

function threads(): number[] {
  try {
    return readdirSync('/proc/self/task').map(Number);
  } catch {
    return [process.pid];
  }
}

// A terminal and a service manager signal every process of a group. The server drains first, then it lets go of us.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
// Also where the server was killed: nobody is left to hash for.
process.once('disconnect', () => process.exit(0));
const hasher = createHasher(JSON.parse(process.argv[2]!) as Argon2Parameters);
// Not before: a server that starts on a busy machine waits for it.
hasher.then(stepBack, () => undefined);
serveHashing(process, hasher);
