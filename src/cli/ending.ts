/** The command's words are off, which could not be told before: exit code 2. */
export class Misused extends Error {
  override readonly name = 'Misused';
}

/** Somebody pressed Ctrl-C where they were asked: nothing is done, and the exit code is a shell's, 130. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';

  constructor(message = 'Interrupted: nothing was done.') {
    super(message);
  }
}

/** What a shell makes of a program that Ctrl-C ended: 128 and the number of SIGINT. */
const INTERRUPTED = 130;

/** How a command ends that threw: its exit code, and what standard error says, fit for an operator. */
export async function endingOf(thrown: unknown): Promise<{ code: number; words: string }> {
  if (!(thrown instanceof Error)) return { code: 1, words: String(thrown) };
  if (thrown instanceof Misused) return { code: 2, words: `error: ${thrown.message}` };
  if (thrown instanceof Interrupted) return { code: INTERRUPTED, words: thrown.message };
  const [{ ConfigurationError }, { Refusal }] = await Promise.all([
    import('../config/config.ts'),
    import('../kernel/errors.ts'),
  ]);
  if (thrown instanceof ConfigurationError) {
    return { code: 1, words: `The configuration is invalid.\n${thrown.message}` };
  }
  // Strangers are not told which store is away; whoever sits here has to know.
  if (thrown instanceof Refusal && thrown.kind === 'SERVICE_UNAVAILABLE' && thrown.cause instanceof Error) {
    return { code: 1, words: `A store is unavailable, and nothing was done: ${thrown.cause.message}` };
  }
  return { code: 1, words: thrown.message };
}
