import { useState } from 'react';
import { Button, ButtonLink } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Form, useSubmission } from '../../ui/form.tsx';
import { InviteUserDocument } from './documents.ts';
import { HandoverLink, type MadeLink } from './handover_link.tsx';
import { ProfileFields, useRoleOfNew } from './profile_fields.tsx';
import { useChange } from '../../session/use_change.ts';

interface Invited extends MadeLink {
  readonly username: string;
}

/** Invites a person, who sets the password. Shows the link once where the server has no mail. */
export function InviteUser({ isOpen, onClose }: { readonly isOpen: boolean; readonly onClose: () => void }) {
  const [invited, setInvited] = useState<Invited>();
  const close = () => {
    setInvited(undefined);
    onClose();
  };
  return (
    <Dialog
      title={invited ? 'The person was invited' : 'Invite user'}
      isOpen={isOpen}
      onClose={close}
      isDismissable={false}
      isEscapable={invited === undefined}
    >
      {invited ? (
        <>
          <HandoverLink {...invited} />
          <div className="actions">
            <ButtonLink to={`/admin/users/${invited.username}`}>Open account</ButtonLink>
            <Button look="primary" onPress={close}>
              Done
            </Button>
          </div>
        </>
      ) : (
        <InviteForm onInvited={setInvited} onCancel={close} />
      )}
    </Dialog>
  );
}

interface FormProps {
  readonly onInvited: (invited: Invited) => void;
  readonly onCancel: () => void;
}

function InviteForm({ onInvited, onCancel }: FormProps) {
  const invite = useChange(InviteUserDocument);
  const roleOfNew = useRoleOfNew();
  const submission = useSubmission(async ({ username = '', email = '', fullName = '' }) => {
    const { role } = roleOfNew;
    const input = { username: username.trim(), email: email.trim(), fullName: fullName.trim() || null, role };
    const { user, ...made } = (await invite({ input })).inviteUser;
    onInvited({ ...made, username: user.username });
  });
  return (
    <Form label="Invite user" names={['username', 'email', 'fullName']} submission={submission}>
      <ProfileFields {...roleOfNew} />
      <div className="actions">
        <Button onPress={onCancel}>Cancel</Button>
        <Button type="submit" look="primary" isPending={submission.isPending}>
          Invite user
        </Button>
      </div>
    </Form>
  );
}
