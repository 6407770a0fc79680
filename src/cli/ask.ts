import { createInterface } from 'node:readline/promises';
import { Interrupted, UsageError } from './ending.ts';
import { note } from './output.ts';

/** Bounds the memory for a line; a longer line is not a password. */
const LONGEST_LINE = 10_000;

/** Returns true at a terminal. Questions go to standard error, because standard output has the result. */
function atTerminal(): boolean {
  return Boolean(process.stdin.isTTY && process.stderr.isTTY);
}

/**
 * Asks for a new password twice, without an echo. Without a terminal, or with `fromInput`, reads the first line of
 * standard input. Never an argument, because the process list shows arguments to every user.
 * @throws Interrupted, and UsageError if the line is missing
 */
export async function askNewPassword(whose: string, fromInput = false): Promise<string> {
  if (fromInput || !atTerminal()) return firstLine();
  const { default: password } = await import('@inquirer/password');
  const ask = (message: string) =>
    password({ message, toggleMask: false }, { output: process.stderr }).catch((error: Error) => {
      throw error.name === 'ExitPromptError' ? new Interrupted() : error;
    });
  for (;;) {
    const first = await ask(`New password for ${whose}:`);
    if (first === '') note('The password must not be empty.');
    else if (first === (await ask('Repeat the password:'))) return first;
    else note('The passwords differ. Try again.');
  }
}

/**
 * Asks the operator to type the name of the thing that is deleted, unless `yes` is set.
 * @throws Interrupted, an Error if another name was typed, and UsageError without a terminal
 */
export async function confirm(what: string, name: string, yes = false): Promise<void> {
  if (yes) return;
  if (!atTerminal()) throw new UsageError(`${what} cannot be undone: add --yes to confirm without a terminal`);
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await Promise.race([
      lines.question(`${what} cannot be undone. Type ${name} to continue: `),
      new Promise<never>((_resolve, reject) => {
        // Starts a new line after the question.
        const interrupt = () => reject(new Interrupted('\nInterrupted: nothing was done.'));
        lines.once('SIGINT', interrupt);
        lines.once('close', interrupt);
      }),
    ]);
    if (answer.trim() !== name) throw new Error(`The name does not match ${name}: nothing was done.`);
  } finally {
    lines.close();
  }
}

async function firstLine(): Promise<string> {
  let text = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) {
    text += chunk as string;
    if (text.includes('\n') || text.length > LONGEST_LINE) break;
  }
  const [line = ''] = text.split(/\r?\n/, 1);
  if (line === '') throw new UsageError('write the password to the first line of standard input, which is empty');
  return line;
}
