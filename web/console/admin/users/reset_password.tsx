import { useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Form, useSubmission } from '../../ui/form.tsx';
import { SetUserPasswordDocument } from './documents.ts';
import { Handover, NewPasswordField } from './new_password.tsx';
import { useChange } from '../../session/use_change.ts';

interface Props {
  readonly username: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

/** Sets a new password, then shows it once. */
export function ResetPassword({ username, isOpen, onClose }: Props) {
  const [given, setGiven] = useState<string>();
  const close = () => {
    setGiven(undefined);
    onClose();
  };
  const title = given === undefined ? `Reset the password of ${username}?` : 'The password was reset';
  return (
    <Dialog title={title} isOpen={isOpen} onClose={close} isDismissable={false} isEscapable={given === undefined}>
      {given === undefined ? (
        <ResetForm username={username} onGiven={setGiven} onCancel={close} />
      ) : (
        <>
          <Handover username={username} password={given} />
          <div className="actions">
            <Button look="primary" onPress={close}>
              Done
            </Button>
          </div>
        </>
      )}
    </Dialog>
  );
}

interface FormProps {
  readonly username: string;
  readonly onGiven: (password: string) => void;
  readonly onCancel: () => void;
}

function ResetForm({ username, onGiven, onCancel }: FormProps) {
  const set = useChange(SetUserPasswordDocument);
  const submission = useSubmission(async ({ newPassword = '' }) => {
    await set({ username, newPassword });
    onGiven(newPassword);
  });
  return (
    <Form label="Reset password" names={['newPassword']} submission={submission}>
      <p className="muted">{username} will be signed out everywhere and will need the new password.</p>
      <NewPasswordField label="New password" name="newPassword" />
      <div className="actions">
        <Button onPress={onCancel}>Cancel</Button>
        <Button type="submit" look="danger" isPending={submission.isPending}>
          Reset password
        </Button>
      </div>
    </Form>
  );
}
