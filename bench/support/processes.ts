import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** True if the system shows a process with its children, which only Linux does, in /proc. */
const TOLD = process.platform === 'linux';

const SAMPLE_MS = 100;
const TICK_MS = 10;

/** Returns the processor time of a process and its descendants, in milliseconds; NaN if the system does not show it. */
export function processorMs(pid: number): number {
  if (!TOLD) return NaN;
  return tree(pid).reduce((sum, one) => {
    const fields = statOf(one);
    // proc(5): utime and stime, in ticks. Processes that have ended do not count.
    return fields ? sum + (Number(fields[11]) + Number(fields[12])) * TICK_MS : sum;
  }, 0);
}

/**
 * Returns the memory of a process and its descendants, in KiB: the private memory of each, and once the files that they
 * map, which are mostly the same program. A sum of their RSS would count the program's text once per process. It reads
 * counters of the kernel, because walking the pages (`smaps_rollup`) took as long per sign-in as the server's own
 * process needs. NaN if the system does not show it.
 */
function memoryKib(pid: number): number {
  if (!TOLD) return NaN;
  let own = 0;
  let mapped = 0;
  for (const one of tree(pid)) {
    const text = readOrNothing(`/proc/${one}/status`);
    const kib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0);
    own += kib('RssAnon') + kib('RssShmem');
    mapped = Math.max(mapped, kib('RssFile'));
  }
  return own + mapped;
}

/** Returns the memory of a process after this time without load. */
export async function memoryAtRest(pid: number, settleMs: number): Promise<number> {
  await sleep(settleMs);
  return memoryKib(pid);
}

/** Reads the memory ten times a second. `stop` returns the peak, in KiB. */
export function watchMemory(pid: number): { stop(): number } {
  let peak = memoryKib(pid);
  const look = () => void (peak = Math.max(peak, memoryKib(pid)));
  const timer = setInterval(look, SAMPLE_MS);
  return {
    stop() {
      clearInterval(timer);
      look();
      return peak;
    },
  };
}

function tree(root: number): number[] {
  const found = [root];
  for (const one of found) {
    for (const thread of listOrNothing(`/proc/${one}/task`)) {
      found.push(...(readOrNothing(`/proc/${one}/task/${thread}/children`).match(/\d+/g) ?? []).map(Number));
    }
  }
  return found;
}

/** Returns the fields after the program's name, which may contain blanks and brackets. */
function statOf(pid: number): string[] | undefined {
  const text = readOrNothing(`/proc/${pid}/stat`);
  return text === '' ? undefined : text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function listOrNothing(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
