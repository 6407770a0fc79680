import { readdirSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { createHasher } from './hasher.ts';
import { serveHashing } from './hashing_calls.ts';
import type { Argon2Parameters } from './stored_hash.ts';

/**
 * The process that hashes, forked by `hashing_pool.ts`, which waits for nothing else and reads no environment. Its
 * thread pool is as wide as many hashes may run at once. Tests fork this file as it is, so what it imports uses no
 * syntax that has to be compiled.
 */

/**
 * A flood of logins must leave the processor to whoever shows a token. Linux keeps a priority for each thread, and new
 * ones take it from the one that makes them: those that are there already are told one by one.
 */
function stepBack(): void {
  const threads = process.platform === 'linux' ? readdirSync('/proc/self/task').map(Number) : [process.pid];
  for (const thread of threads) setPriority(thread, constants.priority.PRIORITY_BELOW_NORMAL);
}

stepBack();
// A terminal and a service manager signal every process of a group. The server drains first, then it lets go of us.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
// Also where the server was killed: nobody is left to hash for.
process.once('disconnect', () => process.exit(0));
serveHashing(process, createHasher(JSON.parse(process.argv[2]!) as Argon2Parameters));
