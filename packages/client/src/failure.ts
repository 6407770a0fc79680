import type { AuthEvents } from './auth_client.ts';
import { AuthError } from './auth_error.ts';

type Source = 'gateway' | 'storage';

/** The current error of a client. Listeners receive each change. */
export interface Failure {
  readonly current: AuthError | undefined;
  /** Notes a result. @param error the error of the last attempt, undefined after a success; only AuthErrors count */
  note(source: Source, error: unknown): void;
}

export function createFailure(tell: (detail: AuthEvents['failure']) => void): Failure {
  const failures = new Map<Source, AuthError>();
  const current = () => failures.get('gateway') ?? failures.get('storage');
  return {
    get current() {
      return current();
    },
    note(source, error) {
      const before = current();
      if (error instanceof AuthError) failures.set(source, error);
      else if (error === undefined) failures.delete(source);
      const after = current();
      if (before !== after) tell({ error: after });
    },
  };
}
