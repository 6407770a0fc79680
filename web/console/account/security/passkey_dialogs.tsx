import { makePasskey } from '../../session/passkey.ts';
import { useChange } from '../../session/use_change.ts';
import { Button } from '../../ui/button.tsx';
import { deviceName } from '../../ui/device_name.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { Form, useSubmission } from '../../ui/form.tsx';
import { TextField } from '../../ui/text_field.tsx';
import { useToast } from '../../ui/toasts.tsx';
import { AddPasskeyDocument, RenamePasskeyDocument, StartPasskeyDocument } from './documents.ts';
import type { Passkey } from './factors.ts';

interface Adding {
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

/** Asks for a name, then lets the browser make a passkey. */
export function AddPasskey({ isOpen, onClose }: Adding) {
  return (
    <Dialog title="Add a passkey" isOpen={isOpen} onClose={onClose} isDismissable={false}>
      <AddForm onClose={onClose} />
    </Dialog>
  );
}

function AddForm({ onClose }: Pick<Adding, 'onClose'>) {
  const start = useChange(StartPasskeyDocument);
  const add = useChange(AddPasskeyDocument);
  const toast = useToast();
  const submission = useSubmission(async ({ name = '' }) => {
    const { challenge, options } = (await start({})).startPasskey;
    await add({ challenge, name: name.trim(), response: await makePasskey(options) });
    toast('The passkey was added.');
    onClose();
  });
  return (
    <Form label="Add passkey" names={['name']} submission={submission}>
      <p className="muted">Your browser will ask where to keep it: on this device, a phone or a security key.</p>
      <NameField name={deviceName(navigator.userAgent)} />
      <div className="actions">
        <Button onPress={onClose}>Cancel</Button>
        <Button type="submit" look="primary" isPending={submission.isPending}>
          Continue
        </Button>
      </div>
    </Form>
  );
}

interface Renaming {
  /** Undefined while it is closed. */
  readonly passkey: Passkey | undefined;
  readonly onClose: () => void;
}

export function RenamePasskey({ passkey, onClose }: Renaming) {
  return (
    <Dialog title="Rename the passkey" isOpen={passkey !== undefined} onClose={onClose} isDismissable={false}>
      {passkey && <RenameForm passkey={passkey} onClose={onClose} />}
    </Dialog>
  );
}

function RenameForm({ passkey, onClose }: { readonly passkey: Passkey } & Pick<Renaming, 'onClose'>) {
  const rename = useChange(RenamePasskeyDocument);
  const submission = useSubmission(async ({ name = '' }) => {
    await rename({ id: passkey.id, name: name.trim() });
    onClose();
  });
  return (
    <Form label="Rename passkey" names={['name']} submission={submission}>
      <NameField name={passkey.name} />
      <div className="actions">
        <Button onPress={onClose}>Cancel</Button>
        <Button type="submit" look="primary" isPending={submission.isPending}>
          Rename
        </Button>
      </div>
    </Form>
  );
}

function NameField({ name }: { readonly name: string }) {
  return (
    <TextField
      label="Name"
      name="name"
      hint="So that you recognise it in the list."
      defaultValue={name}
      autoComplete="off"
      maxLength={64}
      isRequired
      autoFocus
    />
  );
}
