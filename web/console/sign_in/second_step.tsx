import { AuthError, type SecondFactor, type SignInContinuation } from 'gatehouse-client';
import { useAuth } from '../session/auth_context.ts';
import { kindsOf } from '../session/factor_kinds.ts';
import { ProofForm } from '../session/proof_form.tsx';
import { Button } from '../ui/button.tsx';

interface Props {
  readonly nextStep: SignInContinuation;
  /** The server does not accept the ticket any more. */
  readonly onOver: () => void;
  readonly onCancel: () => void;
}

/** The second step of a sign-in. */
export function SecondStep({ nextStep: { ticket, methods }, onOver, onCancel }: Props) {
  const auth = useAuth();
  const send = (factor: unknown) =>
    auth.completeLogin(ticket, factor as SecondFactor).catch((error: unknown) => {
      if (!isOver(error)) throw error;
      onOver();
    });
  return (
    <ProofForm label="Second step" kinds={kindsOf(methods)} send={send}>
      <Button look="quiet" onPress={onCancel}>
        Back
      </Button>
    </ProofForm>
  );
}

const isOver = (error: unknown) =>
  error instanceof AuthError && error.fields.some(({ field, code }) => field === 'ticket' && code === 'EXPIRED');
