import { readdirSync, readFileSync } from 'node:fs';

/** True if this system shows processes in /proc (proc(5)). */
export const SHOWS_PROCESSES = process.platform === 'linux';

/** Returns the running children of a process, in the order of their ids. */
export function childrenOf(parent: number, program: string): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .sort((a, b) => a - b)
    .filter((pid) => {
      const [state, ppid] = fields(`/proc/${pid}/stat`);
      return state !== 'Z' && ppid === `${parent}` && commandOf(pid).includes(program);
    });
}

/** Returns the processes that hash. */
export function hashingProcesses(parent: number = process.pid): number[] {
  return childrenOf(parent, 'hashing_process');
}

export function isAlive(pid: number): boolean {
  const [state] = fields(`/proc/${pid}/stat`);
  return state !== undefined && state !== 'Z';
}

/** Returns the nice value of each thread. */
export function priorities(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).map((thread) => Number(fields(`/proc/${pid}/task/${thread}/stat`)[16]));
}

/** Returns the processor time that a process has used in user mode, in clock ticks (proc(5)). */
export function processorTicks(pid: number): number {
  return Number(fields(`/proc/${pid}/stat`)[11]);
}

/** Returns the initial environment of a process. */
export function environmentOf(pid: number): string[] {
  return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter(Boolean);
}

/** Returns the fields of a `stat` file after the program's name; the first is the state. */
function fields(path: string): string[] {
  try {
    return readFileSync(path, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
  } catch {
    return [];
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
