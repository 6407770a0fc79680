import './sign_in.css';
import { AuthError, type SignInContinuation } from 'gatehouse-client';
import { useState } from 'react';
import { ForgottenLink } from './forgotten_link.tsx';
import { SignInFrame } from './frame.tsx';
import { SecondStep } from './second_step.tsx';
import { type Begun, SignInForm } from './sign_in_form.tsx';
import { SignUpLink } from './sign_up_link.tsx';

/** The sign-in: the password, then the second factor of an account that has one. */
export function SignInPage() {
  const [nextStep, setNextStep] = useState<SignInContinuation>();
  const [begun, setBegun] = useState<Begun>();

  const goOn = (username: string, error: unknown) => {
    if (!(error instanceof AuthError) || !error.nextStep) throw error;
    setBegun({ username, isOver: false });
    setNextStep(error.nextStep);
  };
  const startAgain = (isOver: boolean) => {
    setBegun((before) => before && { ...before, isOver });
    setNextStep(undefined);
  };

  if (!nextStep) {
    return (
      <SignInFrame
        title="Sign in"
        below={
          <>
            <ForgottenLink />
            <SignUpLink />
          </>
        }
      >
        <SignInForm begun={begun} onRefused={goOn} />
      </SignInFrame>
    );
  }
  return (
    <SignInFrame title="Confirm that it is you" below={<p className="sign-in-other" />}>
      <SecondStep nextStep={nextStep} onOver={() => startAgain(true)} onCancel={() => startAgain(false)} />
    </SignInFrame>
  );
}
