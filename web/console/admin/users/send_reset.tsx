import { useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Form, useSubmission } from '../../ui/form.tsx';
import { SendPasswordResetDocument } from './documents.ts';
import { HandoverLink, type MadeLink } from './handover_link.tsx';
import { useChange } from '../../session/use_change.ts';

interface Props {
  readonly username: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

/** Sends a user the link for a new password, or shows it once where the server has no mail. */
export function SendReset({ username, isOpen, onClose }: Props) {
  const [made, setMade] = useState<MadeLink>();
  const close = () => {
    setMade(undefined);
    onClose();
  };
  const title = made ? 'The link was made' : `Send ${username} a password reset?`;
  return (
    <Dialog title={title} isOpen={isOpen} onClose={close} isDismissable={false} isEscapable={made === undefined}>
      {made ? (
        <>
          <HandoverLink username={username} {...made} />
          <div className="actions">
            <Button look="primary" onPress={close}>
              Done
            </Button>
          </div>
        </>
      ) : (
        <SendForm username={username} onMade={setMade} onCancel={close} />
      )}
    </Dialog>
  );
}

interface FormProps {
  readonly username: string;
  readonly onMade: (made: MadeLink) => void;
  readonly onCancel: () => void;
}

function SendForm({ username, onMade, onCancel }: FormProps) {
  const send = useChange(SendPasswordResetDocument);
  const submission = useSubmission(async () => onMade((await send({ username })).sendPasswordReset));
  return (
    <Form label="Send reset" names={[]} submission={submission}>
      <p className="muted">
        {username} gets a link, and chooses a new password there. The present password works until then.
      </p>
      <div className="actions">
        <Button onPress={onCancel}>Cancel</Button>
        <Button type="submit" look="primary" isPending={submission.isPending}>
          Send reset
        </Button>
      </div>
    </Form>
  );
}
