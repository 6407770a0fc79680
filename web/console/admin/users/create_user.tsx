import { useState } from 'react';
import { Button, ButtonLink } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Form, useSubmission } from '../../ui/form.tsx';
import { CreateUserDocument } from './documents.ts';
import { Handover, NewPasswordField } from './new_password.tsx';
import { ProfileFields, useRoleOfNew } from './profile_fields.tsx';
import { useChange } from '../../session/use_change.ts';

interface Created {
  readonly username: string;
  readonly password: string;
}

/** Creates an account, then shows its password once. */
export function CreateUser({ isOpen, onClose }: { readonly isOpen: boolean; readonly onClose: () => void }) {
  const [created, setCreated] = useState<Created>();
  const close = () => {
    setCreated(undefined);
    onClose();
  };
  return (
    <Dialog
      title={created ? 'The account was created' : 'Create user'}
      isOpen={isOpen}
      onClose={close}
      isDismissable={false}
      isEscapable={created === undefined}
    >
      {created ? (
        <>
          <Handover {...created} />
          <div className="actions">
            <ButtonLink to={`/admin/users/${created.username}`}>Open account</ButtonLink>
            <Button look="primary" onPress={close}>
              Done
            </Button>
          </div>
        </>
      ) : (
        <CreateForm onCreated={setCreated} onCancel={close} />
      )}
    </Dialog>
  );
}

interface FormProps {
  readonly onCreated: (created: Created) => void;
  readonly onCancel: () => void;
}

function CreateForm({ onCreated, onCancel }: FormProps) {
  const create = useChange(CreateUserDocument);
  const roleOfNew = useRoleOfNew();
  const submission = useSubmission(async ({ username = '', email = '', fullName = '', password = '' }) => {
    const { role } = roleOfNew;
    const input = { username: username.trim(), email: email.trim(), fullName: fullName.trim() || null, password, role };
    const { createUser } = await create({ input });
    onCreated({ username: createUser.username, password });
  });
  return (
    <Form label="Create user" names={['username', 'email', 'fullName', 'password']} submission={submission}>
      <ProfileFields {...roleOfNew} />
      <NewPasswordField label="Password" name="password" />
      <div className="actions">
        <Button onPress={onCancel}>Cancel</Button>
        <Button type="submit" look="primary" isPending={submission.isPending}>
          Create user
        </Button>
      </div>
    </Form>
  );
}
