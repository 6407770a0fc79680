import { type AuthClient, AuthError, type SecondFactor, type SignInContinuation } from 'gatehouse-client';
import { type FormEvent, type Ref, useState } from 'react';

interface Props {
  readonly auth: AuthClient;
  readonly ref: Ref<HTMLFormElement>;
  readonly isBusy: boolean;
  /** Runs a step, and shows why it failed. @returns whether it succeeded */
  readonly attempt: (work: () => Promise<void>) => Promise<boolean>;
  readonly onSignedIn: () => void;
}

/** The sign-in of the playground: the password, then the second factor of an account that has one. */
export function SignInForm({ auth, ref, isBusy, attempt, onSignedIn }: Props) {
  const [nextStep, setNextStep] = useState<SignInContinuation>();

  async function signIn(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget;
    const values = new FormData(form);
    const [username, password] = [values.get('username') as string, values.get('password') as string];
    let next: SignInContinuation | undefined;
    const login = () =>
      auth.login({ username, password }).catch((error: unknown) => {
        next = error instanceof AuthError ? error.nextStep : undefined;
        if (!next) throw error;
      });
    if (!(await attempt(login))) form.querySelector<HTMLInputElement>('[name=password]')?.select();
    else if (next) setNextStep(next);
    else onSignedIn();
  }

  async function complete(ticket: string, factor: SecondFactor): Promise<boolean> {
    const isDone = await attempt(async () => {
      try {
        await auth.completeLogin(ticket, factor);
      } catch (error) {
        if (error instanceof AuthError && error.fields.some(({ field }) => field === 'ticket')) setNextStep(undefined);
        throw error;
      }
    });
    if (isDone) onSignedIn();
    return isDone;
  }

  if (!nextStep) {
    return (
      <form key="password" ref={ref} onSubmit={signIn}>
        <label>
          Username
          <input name="username" autoComplete="username" autoCapitalize="none" spellCheck={false} required />
        </label>
        <label>
          Password
          <input name="password" type="password" autoComplete="current-password" required />
        </label>
        <button disabled={isBusy}>Sign in</button>
      </form>
    );
  }
  const { ticket, methods } = nextStep;
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const field = event.currentTarget.querySelector('input')!;
    if (!(await complete(ticket, factorOf(field.value)))) field.select();
  };
  return (
    <form key="factor" ref={ref} onSubmit={submit}>
      {methods.some((method) => method !== 'PASSKEY') && (
        <>
          <label>
            Code
            <input
              name="code"
              autoComplete="one-time-code"
              autoCapitalize="none"
              spellCheck={false}
              required
              autoFocus
            />
          </label>
          <button disabled={isBusy}>Continue</button>
        </>
      )}
      {methods.includes('PASSKEY') && auth.passkeys.isSupported && (
        <button type="button" disabled={isBusy} onClick={() => void complete(ticket, { passkey: true })}>
          Use a passkey
        </button>
      )}
      <button type="button" disabled={isBusy} onClick={() => setNextStep(undefined)}>
        Back
      </button>
    </form>
  );
}

/** Returns a typed code as the factor that it has the form of. */
export const factorOf = (code: string): SecondFactor =>
  /^[\s\d]{6,9}$/.test(code) ? { totp: code } : { recoveryCode: code };
