import { type AuthClient, AuthError } from 'gatehouse-client';
import { useEffect, useRef, useState } from 'react';
import { BASE_PATH } from '../base.ts';
import { SignInForm } from './sign_in_form.tsx';
import { useUser } from './session.ts';

/** The signed-in user, or the sign-in form. */
export function AccountBar({ auth }: { readonly auth: AuthClient }) {
  const user = useUser(auth);
  const [problem, setProblem] = useState('');
  const [isBusy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const signOut = useRef<HTMLButtonElement>(null);
  // The focused form or button has been replaced, so the focus moves to its replacement.
  const [movesFocus, setMovesFocus] = useState(false);

  useEffect(() => {
    if (!movesFocus) return;
    const next = user ? signOut.current : form.current?.querySelector('input');
    next?.focus();
    setMovesFocus(false);
  }, [movesFocus, user]);

  async function attempt(work: () => Promise<void>): Promise<boolean> {
    setBusy(true);
    setProblem('');
    try {
      await work();
      return true;
    } catch (error) {
      setProblem(describeProblem(error));
      return false;
    } finally {
      setBusy(false);
    }
  }

  async function leave(): Promise<void> {
    await attempt(() => auth.logout());
    setMovesFocus(true);
  }

  return (
    <header className="account-bar" aria-busy={isBusy}>
      <h1>Gatehouse playground</h1>
      <a href={`${BASE_PATH}/`}>Console</a>
      <p role="status" className="who">
        {user ? (
          <>
            Signed in as <strong>{user.username}</strong>, role <strong>{user.role}</strong>
          </>
        ) : (
          'Not signed in'
        )}
      </p>
      {user ? (
        <button type="button" ref={signOut} disabled={isBusy} onClick={leave}>
          Sign out
        </button>
      ) : (
        <SignInForm ref={form} auth={auth} isBusy={isBusy} attempt={attempt} onSignedIn={() => setMovesFocus(true)} />
      )}
      <p role="alert" className="problem">
        {problem}
      </p>
    </header>
  );
}

function describeProblem(error: unknown): string {
  if (!(error instanceof AuthError)) throw error;
  return error.retryAfter === undefined ? error.message : `${error.message}. Try again in ${error.retryAfter} seconds`;
}
