import { AuthError, type SignInContinuation, type SecondFactor } from 'gatehouse-client';
import { type ReactNode, useState } from 'react';
import { useAuth } from '../session/auth_context.ts';
import { FactorField } from '../session/factor_field.tsx';
import { isTyped, kindsOf, type TypedKind } from '../session/factor_kinds.ts';
import { OtherWays } from '../session/other_ways.tsx';
import { Button } from '../ui/button.tsx';
import { Form, useSubmission } from '../ui/form.tsx';

interface Props {
  readonly nextStep: SignInContinuation;
  /** The server does not accept the ticket any more. */
  readonly onOver: () => void;
  readonly onCancel: () => void;
}

/** The second step of a sign-in. */
export function SecondFactorForm({ nextStep, ...props }: Props) {
  const kinds = kindsOf(nextStep.methods).filter(isTyped);
  const [kind, setKind] = useState(kinds[0]!);
  return (
    // The faults of one kind say nothing about another.
    <OneFactorForm key={kind} kind={kind} ticket={nextStep.ticket} {...props}>
      <OtherWays kinds={kinds} chosen={kind} onChoose={(other) => isTyped(other) && setKind(other)} />
    </OneFactorForm>
  );
}

interface OneFactorProps extends Omit<Props, 'nextStep'> {
  readonly kind: TypedKind;
  readonly ticket: string;
  /** The buttons for the other kinds. */
  readonly children: ReactNode;
}

/** The form for one kind of factor. A wrong code is shown at its field, and may be tried again. */
function OneFactorForm({ kind, ticket, onOver, onCancel, children }: OneFactorProps) {
  const auth = useAuth();
  const submission = useSubmission(async (fields, form) => {
    try {
      await auth.completeLogin(ticket, { [kind]: fields[kind] ?? '' } as unknown as SecondFactor);
    } catch (error) {
      if (isOver(error)) return onOver();
      form.querySelector<HTMLInputElement>(`[name=${kind}]`)?.select();
      throw error;
    }
  });
  return (
    <Form label="Second step" names={[kind]} submission={submission}>
      <FactorField kind={kind} />
      <Button type="submit" look="primary" isPending={submission.isPending}>
        Continue
      </Button>
      {children}
      <Button look="quiet" onPress={onCancel}>
        Back
      </Button>
    </Form>
  );
}

const isOver = (error: unknown) =>
  error instanceof AuthError && error.fields.some(({ field, code }) => field === 'ticket' && code === 'EXPIRED');
