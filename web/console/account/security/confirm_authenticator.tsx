import './security.css';
import type { ReactNode } from 'react';
import { useChange } from '../../session/use_change.ts';
import { Button } from '../../ui/button.tsx';
import { CodeField } from '../../ui/code_field.tsx';
import { Form, useSubmission } from '../../ui/form.tsx';
import { Secret } from '../../ui/secret.tsx';
import { ConfirmTotpDocument, type StartTotpMutation } from './documents.ts';

interface Props {
  readonly enrolment: StartTotpMutation['startTotp'];
  /** Receives the recovery codes. */
  readonly onConfirmed: (codes: readonly string[]) => void;
  /** A button to leave. */
  readonly children?: ReactNode;
}

/** Shows the secret of a new authenticator app, and asks for its first code. */
export function ConfirmAuthenticator({ enrolment, onConfirmed, children }: Props) {
  const confirm = useChange(ConfirmTotpDocument);
  const submission = useSubmission(async ({ code = '' }, form) => {
    try {
      onConfirmed((await confirm({ code })).confirmTotp);
    } catch (error) {
      form.querySelector<HTMLInputElement>('[name=code]')?.select();
      throw error;
    }
  });
  return (
    <Form label="Authenticator app" names={['code']} submission={submission}>
      <p className="muted">Scan this with your authenticator app, or type the secret into it.</p>
      <img
        className="qr"
        src={`data:image/svg+xml,${encodeURIComponent(enrolment.qrCode)}`}
        alt="QR code of the secret"
      />
      <Secret text={enrolment.secret} what="secret" />
      <CodeField label="Code" name="code" hint="The six digits that the app shows now." isRequired autoFocus />
      <div className="actions">
        {children}
        <Button type="submit" look="primary" isPending={submission.isPending}>
          Confirm
        </Button>
      </div>
    </Form>
  );
}
