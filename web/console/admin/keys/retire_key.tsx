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

/** Takes a key out of use once its id is typed: everybody who has a token of it is turned away until they refresh. */
export function RetireKey({ signingKey, onClose }: Props) {
  return (
    <Dialog title="Retire this key?" isOpen={signingKey !== undefined} onClose={onClose} role="alertdialog">
      {signingKey && <RetireForm signingKey={signingKey} onClose={onClose} />}
    </Dialog>
  );
}

/** What is typed of a long id: nobody should have to type all of it, and no two begin alike. */
const TYPED_LETTERS = 8;

function RetireForm({ signingKey: { kid, state }, onClose }: Props & { readonly signingKey: KeyFragment }) {
  const [, retire] = useMutation(RetireSigningKeyDocument);
  const toast = useToast();
  const [typed, setTyped] = useState('');
  const confirmation = kid.slice(0, TYPED_LETTERS);
  const submission = useSubmission(async () => {
    const { error } = await retire({ kid });
    if (error) throw error;
    toast('The key is retired.');
    onClose();
  });
  return (
    <Form label="Retire" names={[]} submission={submission}>
      <p className="muted">
        For a key that leaked. It is gone for good, and every access token that it signed counts no more, at once.
        Sessions stay: programs refresh their tokens by themselves, yours too.
        {state === 'CURRENT' && ' The next key signs from now on, also where it is not known everywhere yet.'}
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
