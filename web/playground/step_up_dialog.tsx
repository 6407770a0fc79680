import type { AuthClient, Reauthentication } from 'gatehouse-client';
import { type FormEvent, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import type { StepUp } from '../step_up.ts';
import { factorOf } from './sign_in_form.tsx';

interface Props {
  readonly auth: AuthClient;
  readonly stepUp: StepUp;
}

/** The dialog that asks users to confirm that it is them. The refused operation is then repeated. */
export function StepUpDialog({ auth, stepUp }: Props) {
  const asked = useSyncExternalStore(stepUp.subscribe, () => stepUp.asked);
  const dialog = useRef<HTMLDialogElement>(null);
  const [problem, setProblem] = useState('');
  const [isBusy, setBusy] = useState(false);
  useEffect(() => {
    setProblem('');
    if (asked) dialog.current?.showModal();
    else dialog.current?.close();
  }, [asked]);

  async function confirm(proof: Reauthentication): Promise<void> {
    setBusy(true);
    setProblem('');
    try {
      await auth.reauthenticate(proof);
      stepUp.settle(true);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    } finally {
      setBusy(false);
    }
  }

  const methods = asked?.methods ?? [];
  const takesCode = methods.includes('TOTP') || methods.includes('RECOVERY_CODE');
  const isPassword = !takesCode && !methods.includes('PASSKEY');
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const { value } = event.currentTarget.querySelector('input')!;
    void confirm(isPassword ? { password: value } : factorOf(value));
  };
  return (
    <dialog ref={dialog} className="step-up" aria-labelledby="step-up" onClose={() => stepUp.settle(false)}>
      <form onSubmit={submit}>
        <h2 id="step-up">Confirm that it is you</h2>
        <p>This operation needs a fresh proof. It runs again afterwards.</p>
        {(takesCode || isPassword) && (
          <label key={String(isPassword)}>
            {isPassword ? 'Your password' : 'Code'}
            <input
              type={isPassword ? 'password' : 'text'}
              autoComplete={isPassword ? 'current-password' : 'one-time-code'}
              autoCapitalize="none"
              spellCheck={false}
              required
              autoFocus
            />
          </label>
        )}
        <p role="alert" className="problem">
          {problem}
        </p>
        <div>
          <button type="button" onClick={() => stepUp.settle(false)}>
            Cancel
          </button>
          {methods.includes('PASSKEY') && auth.passkeys.isSupported && (
            <button type="button" disabled={isBusy} onClick={() => void confirm({ passkey: true })}>
              Use a passkey
            </button>
          )}
          {(takesCode || isPassword) && <button disabled={isBusy}>Confirm</button>}
        </div>
      </form>
    </dialog>
  );
}
