import { TestEnvironment } from 'jest-environment-node';

/** The used part of jest-circus' events: `test_start` and `test_done` have a test. */
interface Event {
  readonly name: string;
  readonly test?: { readonly errors: readonly unknown[]; mode?: unknown };
}

/** Skips the rest of a test file after its first failure, because the mutant is then noticed. */
export default class FirstFailureEnvironment extends TestEnvironment {
  #hasFailed = false;

  handleTestEvent({ name, test }: Event): void {
    if (!test) return;
    if (name === 'test_done' && test.errors.length > 0) this.#hasFailed = true;
    if (name === 'test_start' && this.#hasFailed) test.mode = 'skip';
  }
}
