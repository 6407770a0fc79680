import { useState } from 'react';
import { Button, ButtonLink } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Form, useSubmission } from '../../ui/form.tsx';
import { Select } from '../../ui/select.tsx';
import { TextField } from '../../ui/text_field.tsx';
import { CreateUserDocument } from './documents.ts';
import { Handover, NewPasswordField } from './new_password.tsx';
import { useRoles } from './roles.ts';
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

const USUAL_ROLE = 'user';

interface FormProps {
  readonly onCreated: (created: Created) => void;
  readonly onCancel: () => void;
}

function CreateForm({ onCreated, onCancel }: FormProps) {
  const create = useChange(CreateUserDocument);
  const roles = useRoles();
  const [wanted, setRole] = useState(USUAL_ROLE);
  // A server may not have this role.
  const role = roles.some(({ id }) => id === wanted) ? wanted : (roles[0]?.id ?? USUAL_ROLE);
  const submission = useSubmission(async ({ username = '', email = '', fullName = '', password = '' }) => {
    const input = { username: username.trim(), email: email.trim(), fullName: fullName.trim() || null, password, role };
    const { createUser } = await create({ input });
    onCreated({ username: createUser.username, password });
  });
  return (
    <Form label="Create user" names={['username', 'email', 'fullName', 'password']} submission={submission}>
      <TextField
        label="Username"
        name="username"
        hint="3 to 64 letters, digits, “.”, “_” and “-”. It cannot be changed later."
        autoComplete="off"
        isVerbatim
        isRequired
        autoFocus
      />
      <TextField label="E-mail" name="email" type="email" autoComplete="off" isRequired />
      <TextField label="Full name (optional)" name="fullName" autoComplete="off" maxLength={200} />
      <Select label="Role" options={roles} value={role} onChange={setRole} />
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
