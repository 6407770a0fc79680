import type { AuthEvents } from './auth_client.ts';
import { AuthError } from './auth_error.ts';

type Source = 'gateway' | 'storage';

/** What keeps a client from doing its work at the moment, told to the listeners at each change. */
export interface Failure {
  readonly current: AuthError | undefined;
  /** @param error the failure of the last try; undefined after a success. Other errors than AuthError change nothing. */
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
