import type { Reauthentication } from 'gatehouse-client';
import { type ReactNode, useState } from 'react';
import { Button } from '../ui/button.tsx';
import { CodeField } from '../ui/code_field.tsx';
import { Form, useSubmission } from '../ui/form.tsx';
import { Notice } from '../ui/notice.tsx';
import { PasswordField } from '../ui/password_field.tsx';
import { TextField } from '../ui/text_field.tsx';
import { supportsPasskeys } from './passkey.ts';
import type { FactorKind } from './factor_kinds.ts';

interface Props {
  /** The name of the form for screen readers. */
  readonly label: string;
  /** The proofs that the user may choose from. */
  readonly kinds: readonly FactorKind[];
  /** Sends a proof. It throws an error that `failureOf` can read. */
  readonly send: (proof: Reauthentication) => Promise<void>;
  /** The button to leave. */
  readonly children: ReactNode;
}

/** Asks for one of several proofs. A wrong one is shown at its field, and may be tried again. */
export function ProofForm({ kinds, ...props }: Props) {
  const possible = kinds.filter((kind) => kind !== 'passkey' || supportsPasskeys());
  const [chosen, setChosen] = useState(possible[0]);
  if (!chosen) {
    return (
      <>
        <Notice tone="warning">You need a passkey, which this browser does not support. Use another one.</Notice>
        {props.children}
      </>
    );
  }
  const others = possible.filter((kind) => kind !== chosen);
  // The faults of one kind say nothing about another.
  return <OneProof key={chosen} kind={chosen} others={others} onChoose={setChosen} {...props} />;
}

interface OneProofProps extends Omit<Props, 'kinds'> {
  readonly kind: FactorKind;
  readonly others: readonly FactorKind[];
  readonly onChoose: (kind: FactorKind) => void;
}

function OneProof({ label, kind, others, onChoose, send, children }: OneProofProps) {
  const submission = useSubmission(async (fields, form) => {
    // The kit runs the dialog of the browser.
    if (kind === 'passkey') return send({ passkey: true });
    try {
      await send({ [kind]: fields[kind] ?? '' });
    } catch (error) {
      form.querySelector<HTMLInputElement>(`[name=${kind}]`)?.select();
      throw error;
    }
  });
  return (
    <Form label={label} names={[kind]} submission={submission}>
      <ProofField kind={kind} />
      <Button type="submit" look="primary" isPending={submission.isPending} autoFocus={kind === 'passkey'}>
        {kind === 'passkey' ? WORDS.passkey : 'Continue'}
      </Button>
      {others.map((other) => (
        <Button key={other} onPress={() => onChoose(other)}>
          {WORDS[other]}
        </Button>
      ))}
      {children}
    </Form>
  );
}

const WORDS: Readonly<Record<FactorKind, string>> = {
  passkey: 'Use a passkey',
  totp: 'Use the authenticator app',
  password: 'Use the password',
  recoveryCode: 'Use a recovery code',
};

/** The field of a proof. Its name is the argument of the server's field, so that faults appear at it. */
function ProofField({ kind }: { readonly kind: FactorKind }) {
  switch (kind) {
    case 'passkey':
      return <p className="muted">Your browser asks for your fingerprint, face, PIN or security key.</p>;
    case 'password':
      return <PasswordField label="Password" name="password" autoComplete="current-password" isRequired autoFocus />;
    case 'totp': {
      const hint = 'The six digits that your authenticator app shows.';
      return <CodeField label="Code" name="totp" hint={hint} isRequired autoFocus />;
    }
    case 'recoveryCode':
      return (
        <TextField
          label="Recovery code"
          name="recoveryCode"
          hint="One of the codes that you saved. Each works once."
          autoComplete="off"
          isVerbatim
          isRequired
          autoFocus
        />
      );
  }
}
