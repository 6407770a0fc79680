import { availableParallelism, totalmem } from 'node:os';
import type { Config } from '../../config/config.ts';
import { createHasher } from '../../credentials/password/hasher.ts';
import type { Finding, Look } from './finding.ts';

const MIB = 1024 * 1024;
/** A sign-in waits for its hash, and for those before it in the queue. */
const SLOW_MS = 1_000;

/** Checks Node, the cores and the memory against the configuration. */
export function lookAtMachine({ workers, hashing }: Pick<Config, 'workers' | 'hashing'>): Look[] {
  return [
    { check: 'node', needs: [], run: async () => [node()] },
    { check: 'workers', needs: ['WORKERS'], run: async () => [ofWorkers(workers)] },
    {
      check: 'hashing',
      needs: ['ARGON2_MEMORY_KIB', 'ARGON2_TIME_COST', 'ARGON2_PARALLELISM', 'HASH_AT_ONCE'],
      run: () => ofHashing(hashing),
    },
  ];
}

/** Reports the version of Node. `require_node.cjs` has already refused a version that is too old. */
export function node(): Finding {
  return { check: 'node', state: 'ok', says: `Node ${process.versions.node}` };
}

function ofWorkers(workers: number): Finding {
  const cores = availableParallelism();
  const says = `${workers} server ${workers === 1 ? 'process' : 'processes'} on ${cores} ${cores === 1 ? 'core' : 'cores'}`;
  if (workers <= cores) return { check: 'workers', state: 'ok', says };
  return { check: 'workers', state: 'warn', says, todo: 'Set WORKERS=auto: more processes than cores bring no gain.' };
}

async function ofHashing(hashing: Config['hashing']): Promise<Finding[]> {
  const check = 'hashing';
  const { memoryKib, atOnce } = hashing;
  const room = Math.min(totalmem(), process.constrainedMemory() || Infinity);
  const taken = atOnce * memoryKib * 1024;
  const memory = `${atOnce} at once take ${Math.ceil(taken / MIB)} of ${Math.floor(room / MIB)} MiB`;
  // No trial hash: the system would kill this process or another one to free memory.
  if (taken > room) {
    const todo = 'Lower HASH_AT_ONCE or ARGON2_MEMORY_KIB, or add memory: the system kills a process that takes more.';
    return [{ check, state: 'fail', says: `${memory}, which is more than there is`, todo }];
  }
  const hasher = await createHasher(hashing);
  const begun = performance.now();
  await hasher.hash('a password of usual length');
  const ms = Math.round(performance.now() - begun);

  const time = `one hash takes ${ms} ms here`;
  return [
    ms <= SLOW_MS
      ? { check, state: 'ok', says: time }
      : { check, state: 'warn', says: time, todo: 'Run "hash calibrate" and set the values that it proposes.' },
    taken <= room / 2
      ? { check, state: 'ok', says: memory }
      : { check, state: 'warn', says: memory, todo: 'Lower HASH_AT_ONCE or ARGON2_MEMORY_KIB, or add memory.' },
  ];
}
