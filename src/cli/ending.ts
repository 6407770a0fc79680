/** Invalid arguments that commander cannot detect: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Ctrl-C at a question: nothing is done, and the exit code is 130, as in a shell. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';

  constructor(message = 'Interrupted: nothing was done.') {
    super(message);
  }
}

/** The exit code of a program that Ctrl-C ended: 128 plus the number of SIGINT. */
const INTERRUPTED = 130;

/** Returns the exit code and the message of a command that threw. */
export async function endingOf(thrown: unknown): Promise<{ code: number; words: string }> {
  if (!(thrown instanceof Error)) return { code: 1, words: String(thrown) };
  if (thrown instanceof UsageError) return { code: 2, words: `error: ${thrown.message}` };
  if (thrown instanceof Interrupted) return { code: INTERRUPTED, words: thrown.message };
  const [{ ConfigurationError }, { Refusal }] = await Promise.all([
    import('../config/config.ts'),
    import('../kernel/errors.ts'),
  ]);
  if (thrown instanceof ConfigurationError) {
    return { code: 1, words: `The configuration is invalid.\n${thrown.message}` };
  }
  // Responses never name the unavailable store, but an operator needs it.
  if (thrown instanceof Refusal && thrown.kind === 'SERVICE_UNAVAILABLE' && thrown.cause instanceof Error) {
    return { code: 1, words: `A store is unavailable, and nothing was done: ${thrown.cause.message}` };
  }
  return { code: 1, words: thrown.message };
}
