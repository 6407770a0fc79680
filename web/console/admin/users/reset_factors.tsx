import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Form, useSubmission } from '../../ui/form.tsx';
import { TextField } from '../../ui/text_field.tsx';
import { useToast } from '../../ui/toasts.tsx';
import { ResetUserFactorsDocument } from './documents.ts';
import { useChange } from '../../session/use_change.ts';

interface Props {
  readonly username: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

/** Removes the second factors of a user who lost them, for a reason that is recorded. */
export function ResetFactors({ isOpen, ...props }: Props) {
  return (
    <Dialog
      title={`Reset the factors of ${props.username}?`}
      isOpen={isOpen}
      onClose={props.onClose}
      role="alertdialog"
      isDismissable={false}
    >
      <ReasonForm {...props} />
    </Dialog>
  );
}

function ReasonForm({ username, onClose }: Omit<Props, 'isOpen'>) {
  const reset = useChange(ResetUserFactorsDocument);
  const toast = useToast();
  const submission = useSubmission(async ({ reason = '' }) => {
    await reset({ username, reason: reason.trim() });
    toast(`The factors of ${username} were removed.`);
    onClose();
  });
  return (
    <Form label="Reset factors" names={['reason']} submission={submission}>
      <p className="muted">
        The authenticator app, the passkeys and the recovery codes stop working, and every session ends. Make sure that
        it is {username} who asks.
      </p>
      <TextField label="Reason" name="reason" hint="The audit log keeps it." autoComplete="off" isRequired autoFocus />
      <div className="actions">
        <Button onPress={onClose}>Cancel</Button>
        <Button type="submit" look="danger" isPending={submission.isPending}>
          Reset factors
        </Button>
      </div>
    </Form>
  );
}
