import type { RequiredAuthentication } from 'gatehouse-client';

/** Asks users to confirm that it is them. Operations that are refused at the same time share one question. */
export interface StepUp {
  /** The open question. */
  readonly asked: RequiredAuthentication | undefined;
  /** Resolves to true once the user has confirmed, and to false if they do not want to. */
  ask(required: RequiredAuthentication): Promise<boolean>;
  /** Answers the open question. */
  settle(isConfirmed: boolean): void;
  /** Adds a listener of `asked`. @returns a function that removes it */
  subscribe(listener: () => void): () => void;
}

export function createStepUp(): StepUp {
  let open: { readonly required: RequiredAuthentication; readonly answer: Promise<boolean> } | undefined;
  let resolveOpen: (isConfirmed: boolean) => void = () => undefined;
  const listeners = new Set<() => void>();

  function become(next: typeof open): void {
    open = next;
    for (const listener of listeners) listener();
  }

  return {
    get asked() {
      return open?.required;
    },
    ask(required) {
      if (open) return open.answer;
      const answer = new Promise<boolean>((resolve) => {
        resolveOpen = resolve;
      });
      become({ required, answer });
      return answer;
    },
    settle(isConfirmed) {
      if (!open) return;
      become(undefined);
      resolveOpen(isConfirmed);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
