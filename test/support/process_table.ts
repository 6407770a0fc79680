import { readdirSync, readFileSync } from 'node:fs';

/** True if this system shows processes in /proc (proc(5)). */
export const SHOWS_PROCESSES = process.platform === 'linux';

/** The processes that one started and that are still there, in the order of their numbers. */
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

/** Those that hash. */
export function hashingProcesses(parent: number = process.pid): number[] {
  return childrenOf(parent, 'hashing_process');
}

export function isAlive(pid: number): boolean {
  const [state] = fields(`/proc/${pid}/stat`);
  return state !== undefined && state !== 'Z';
}

/** The nice value of each thread. */
export function priorities(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).map((thread) => Number(fields(`/proc/${pid}/task/${thread}/stat`)[16]));
}

/** Its environment, as it was given it. */
export function environmentOf(pid: number): string[] {
  return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter(Boolean);
}

/** The fields of a `stat` file behind the name of the program: the state is the first. */
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
