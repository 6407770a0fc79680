import { useState } from 'react';
import { useNavigate } from 'react-router';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Form, useSubmission } from '../../ui/form.tsx';
import { TextField } from '../../ui/text_field.tsx';
import { useToast } from '../../ui/toasts.tsx';
import { DeleteUserDocument } from './documents.ts';
import { useChange } from '../../session/use_change.ts';
import type { Account } from './account.ts';

interface Props {
  readonly user: Account;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  /** The page to show afterwards. */
  readonly listPath: string;
}

/** Deletes an account, which cannot be undone, after its username was typed. */
export function DeleteUser({ isOpen, ...props }: Props) {
  return (
    <Dialog title={`Delete ${props.user.username}?`} isOpen={isOpen} onClose={props.onClose} role="alertdialog">
      <DeleteForm {...props} />
    </Dialog>
  );
}

function DeleteForm({ user: { username }, onClose, listPath }: Omit<Props, 'isOpen'>) {
  const remove = useChange(DeleteUserDocument);
  const navigate = useNavigate();
  const toast = useToast();
  const [typed, setTyped] = useState('');
  const submission = useSubmission(async () => {
    await remove({ username });
    toast(`The account ${username} was deleted.`);
    await navigate(listPath, { replace: true });
  });
  return (
    <Form label="Delete" names={[]} submission={submission}>
      <p className="muted">
        Every session ends at once. The deletion is permanent, and this username is never assigned again.
      </p>
      <TextField
        label={`Type “${username}” to confirm`}
        name="confirmation"
        autoComplete="off"
        value={typed}
        onChange={setTyped}
        isVerbatim
        autoFocus
      />
      <div className="actions">
        <Button onPress={onClose}>Cancel</Button>
        <Button
          type="submit"
          look="danger"
          isPending={submission.isPending}
          isDisabled={typed.trim().toLowerCase() !== username}
        >
          Delete account
        </Button>
      </div>
    </Form>
  );
}
