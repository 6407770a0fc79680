import { readdirSync } from 'node:fs';
import { setPriority } from 'node:os';
import { createHasher } from './hasher.ts';
import { serveHashing } from './hashing_calls.ts';
import type { Argon2Parameters } from './stored_hash.ts';

/**
 * The hashing process, forked by `hashing_pool.ts`. It does nothing else and reads no environment variables. Its thread
 * pool has one thread for each concurrent hash. Tests fork this file as it is, so its imports use no syntax that must
 * be compiled.
 */

/**
 * The priority behind token checks. A hash computes each lane in a thread (four by default), and the system weighs
 * threads one by one. At 10, two concurrent hashes would still take a third of two busy cores. At 19 they would take
 * next to nothing, and users could not sign in while every core is busy.
 */
const NICE = 15;

/**
 * Lowers the priority of all threads. Linux keeps a priority for each thread, and new threads inherit it. A thread may
 * have ended meanwhile, and a sandbox may forbid the change; hashing continues all the same.
 */
function stepBack(): void {
  for (const thread of threads()) {
    try {
      setPriority(thread, NICE);
    } catch {
      // The priority stays.
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

// A terminal and a service manager signal every process of a group. The server drains first, and then ends this
// process.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
// The channel also closes if the server was killed. Then there is nothing left to do.
process.once('disconnect', () => process.exit(0));
const hasher = createHasher(JSON.parse(process.argv[2]!) as Argon2Parameters);
// The priority is lowered only now: a server that starts on a busy machine waits for this process.
hasher.then(stepBack, () => undefined);
serveHashing(process, hasher);
