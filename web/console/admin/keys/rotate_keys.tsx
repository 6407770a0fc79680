import { useMutation } from 'urql';
import { Button } from '../../ui/button.tsx';
import { Checkbox } from '../../ui/checkbox.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Form, useSubmission } from '../../ui/form.tsx';
import { useToast } from '../../ui/toasts.tsx';
import { RotateSigningKeysDocument } from './documents.ts';

interface Props {
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

/** Rotates the signing keys after confirmation. */
export function RotateKeys({ isOpen, onClose }: Props) {
  return (
    <Dialog title="Rotate the signing keys?" isOpen={isOpen} onClose={onClose}>
      <RotateForm onClose={onClose} />
    </Dialog>
  );
}

function RotateForm({ onClose }: Pick<Props, 'onClose'>) {
  const [, rotate] = useMutation(RotateSigningKeysDocument);
  const toast = useToast();
  const submission = useSubmission(async ({ now }) => {
    const { error } = await rotate({ now: now !== undefined });
    if (error) throw error;
    toast('The next key signs from now on.');
    onClose();
  });
  return (
    <Form label="Rotate" names={[]} submission={submission}>
      <p className="muted">
        The next key signs from now on, and a new next key is published. The current key still verifies tokens until
        they expire, so users stay signed in.
      </p>
      <Checkbox
        name="now"
        value="true"
        about="A service that caches the published keys may refuse new tokens until it loads them again."
      >
        Rotate even if the next key was published a moment ago
      </Checkbox>
      <div className="actions">
        <Button onPress={onClose} autoFocus>
          Cancel
        </Button>
        <Button type="submit" look="primary" isPending={submission.isPending}>
          Rotate keys
        </Button>
      </div>
    </Form>
  );
}
