import { useState } from 'react';
import { useAuth } from '../../session/auth_context.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Form, useSubmission } from '../../ui/form.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Select } from '../../ui/select.tsx';
import { useToast } from '../../ui/toasts.tsx';
import { SetUserRoleDocument } from './documents.ts';
import { useRoles } from './roles.ts';
import { useChange } from '../../session/use_change.ts';
import type { Account } from './account.ts';

interface Props {
  readonly user: Account;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

export function ChangeRole({ isOpen, ...props }: Props) {
  return (
    <Dialog title={`Role of ${props.user.username}`} isOpen={isOpen} onClose={props.onClose} isDismissable={false}>
      <RoleForm {...props} />
    </Dialog>
  );
}

function RoleForm({ user: { username, role: present }, onClose }: Omit<Props, 'isOpen'>) {
  const { user: self } = useAuth();
  const setUserRole = useChange(SetUserRoleDocument);
  const toast = useToast();
  const roles = useRoles();
  const [role, setRole] = useState(present ?? '');
  const submission = useSubmission(async () => {
    await setUserRole({ username, role });
    toast(`${username} now has the role “${role}”.`);
    onClose();
  });
  const about = roles.find(({ id }) => id === role)?.about;
  return (
    <Form label="Role" names={[]} submission={submission}>
      <Select label="Role" options={roles} value={role} onChange={setRole} />
      <p className="muted">{about}. The change applies from the next request, in every session.</p>
      {self?.username === username && <Notice tone="warning">This is your own account.</Notice>}
      <div className="actions">
        <Button onPress={onClose}>Cancel</Button>
        <Button type="submit" look="primary" isPending={submission.isPending} isDisabled={role === present}>
          Change role
        </Button>
      </div>
    </Form>
  );
}
