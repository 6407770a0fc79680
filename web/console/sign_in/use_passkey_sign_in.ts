import { AuthError } from 'gatehouse-client';
import { useEffect, useState } from 'react';
import { useAuth } from '../session/auth_context.ts';
import { type Failure, failureOf } from '../ui/failure.ts';

/** Milliseconds after which the suggestions get new options, before the server's five minutes are over. */
const RENEWED_MS = 4 * 60_000;

/** A sign-in with a passkey and without a name. */
export interface PasskeySignIn {
  readonly isPending: boolean;
  readonly failure: Failure | undefined;
  /** Asks for a passkey at once. */
  start(): void;
  forget(): void;
}

/**
 * Offers the passkeys of the site among the suggestions of the name field (conditional mediation), until one is chosen.
 * @param isOffered false if the server or the browser has no passkeys
 */
export function usePasskeySignIn(isOffered: boolean): PasskeySignIn {
  const { passkeys } = useAuth();
  const [isPending, setPending] = useState(false);
  const [failure, setFailure] = useState<Failure>();

  useEffect(() => {
    // A request at once takes the place of the suggestions.
    if (!isOffered || isPending) return;
    let offered = new AbortController();
    const offer = async () => {
      offered.abort();
      const { signal } = (offered = new AbortController());
      if (!(await passkeys.hasAutofill()) || signal.aborted) return;
      // No message when the browser or the network refuses: the user has asked for nothing.
      await passkeys.login({ autofill: true, signal }).catch((error: unknown) => {
        if (error instanceof AuthError && error.code === 'UNAUTHENTICATED') setFailure(failureOf(error));
      });
    };
    void offer();
    const timer = setInterval(() => void offer(), RENEWED_MS);
    return () => {
      clearInterval(timer);
      offered.abort();
    };
  }, [passkeys, isOffered, isPending]);

  return {
    isPending,
    failure,
    start() {
      setPending(true);
      setFailure(undefined);
      passkeys
        .login()
        .catch((error: unknown) => setFailure(failureOf(error)))
        .finally(() => setPending(false));
    },
    forget: () => setFailure(undefined),
  };
}
