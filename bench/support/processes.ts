import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** True if the system shows a process with its children, which only Linux does, in /proc. */
const TOLD = process.platform === 'linux';

const SAMPLE_MS = 100;
const TICK_MS = 10;

/** The processor time that a process and its descendants have used, in milliseconds; NaN where the system does not tell. */
export function processorMs(pid: number): number {
  if (!TOLD) return NaN;
  return tree(pid).reduce((sum, one) => {
    const fields = statOf(one);
    // proc(5): utime and stime, in ticks. Processes that have ended do not count.
    return fields ? sum + (Number(fields[11]) + Number(fields[12])) * TICK_MS : sum;
  }, 0);
}

/**
 * The memory that a process and its descendants hold, in KiB: what each has for itself, and once what they map from files,
 * which is mostly the same program. By the sum of their RSS its text would count as often as there are processes. It is
 * read from counters that the kernel keeps: walking the pages (`smaps_rollup`) took as long for each sign-in as the
 * server's own process for answering it. NaN where the system does not tell.
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

/** The memory of a process that has been left alone for so long. */
export async function memoryAtRest(pid: number, settleMs: number): Promise<number> {
  await sleep(settleMs);
  return memoryKib(pid);
}

/** Looks at the memory every tenth of a second; `stop` answers the most that was seen, in KiB. */
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

/** The fields after the program's name, which may itself hold blanks and brackets. */
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
