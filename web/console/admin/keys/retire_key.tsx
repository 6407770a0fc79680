import { useState } from 'react';
import { useMutation } from 'urql';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Form, useSubmission } from '../../ui/form.tsx';
import { TextField } from '../../ui/text_field.tsx';
import { useToast } from '../../ui/toasts.tsx';
import { type KeyFragment, RetireSigningKeyDocument } from './documents.ts';

interface Props {
  readonly signingKey: KeyFragment | undefined;
  readonly onClose: () => void;
}

/** Retires a key after its id was typed. Tokens signed with it are refused until their holders refresh. */
export function RetireKey({ signingKey, onClose }: Props) {
  return (
    <Dialog title="Retire this key?" isOpen={signingKey !== undefined} onClose={onClose} role="alertdialog">
      {signingKey && <RetireForm signingKey={signingKey} onClose={onClose} />}
    </Dialog>
  );
}

/** The letters of the id to type. Key ids are long, and their beginnings differ. */
const TYPED_LETTERS = 8;

function RetireForm({ signingKey: { kid, state }, onClose }: Props & { readonly signingKey: KeyFragment }) {
  const [, retire] = useMutation(RetireSigningKeyDocument);
  const toast = useToast();
  const [typed, setTyped] = useState('');
  const confirmation = kid.slice(0, TYPED_LETTERS);
  const submission = useSubmission(async () => {
    const { error } = await retire({ kid });
    if (error) throw error;
    toast('The key was retired.');
    onClose();
  });
  return (
    <Form label="Retire" names={[]} submission={submission}>
      <p className="muted">
        Use this when a key has leaked. The key is removed permanently, and every access token signed with it becomes
        invalid at once. Sessions stay active: programs refresh their tokens automatically, and so does this page.
        {state === 'CURRENT' && ' The next key signs from now on, even if some services do not have it yet.'}
      </p>
      <p className="code">{kid}</p>
      <TextField
        label={`Type “${confirmation}” to confirm`}
        name="confirmation"
        autoComplete="off"
        value={typed}
        onChange={setTyped}
        isVerbatim
        autoFocus
      />
      <div className="actions">
        <Button onPress={onClose}>Cancel</Button>
        <Button type="submit" look="danger" isPending={submission.isPending} isDisabled={typed.trim() !== confirmation}>
          Retire key
        </Button>
      </div>
    </Form>
  );
}
