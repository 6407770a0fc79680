import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { BARE_ENV, CLI } from './server_process.ts';

/** True if this machine can give a program a terminal without a library: `script` of util-linux. */
export const HAS_TERMINAL = (() => {
  try {
    return /util-linux/.test(execFileSync('script', ['--version'], { encoding: 'utf8', stdio: 'pipe' }));
  } catch {
    return false;
  }
})();

/** A command in a terminal. */
export interface Terminal {
  /** Returns the screen so far, as it was sent to the terminal. */
  readonly screen: () => string;
  /** Types after the question appears. Ignores questions that were on the screen at the previous input. */
  answer(question: string, keys: string): Promise<void>;
  /** Resolves to the exit code, as in a shell. */
  readonly exited: Promise<number | null>;
}

export const [ENTER, CTRL_C] = ['\r', '\u0003'];

/** Runs `npm run cli -- …` in a new terminal, in an otherwise empty environment. */
export function cliAtTerminal(env: Readonly<Record<string, string>>, ...words: string[]): Terminal {
  const command = [process.execPath, CLI, ...words].map((word) => `'${word}'`).join(' ');
  const child = spawn('script', ['-qefc', command, '/dev/null'], {
    cwd: '/',
    env: { ...BARE_ENV, TERM: 'xterm', PATH: process.env['PATH'] ?? '', SHELL: '/bin/sh', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let screen = '';
  let from = 0;
  child.stdout.on('data', (text: Buffer) => void (screen += text.toString()));
  const exited = once(child, 'close').then(([code]) => code as number | null);
  return {
    screen: () => screen,
    exited,
    async answer(question, keys) {
      while (!screen.includes(question, from)) {
        const ended = exited.then((code) => Promise.reject(new Error(`exit ${code}: ${screen}`)));
        await Promise.race([once(child.stdout, 'data'), ended]);
      }
      from = screen.length;
      child.stdin.write(keys);
    },
  };
}
