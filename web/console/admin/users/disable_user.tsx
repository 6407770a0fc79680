import { useAuth } from '../../session/auth_context.ts';
import { Confirm } from '../../ui/confirm.tsx';
import { useToast } from '../../ui/toasts.tsx';
import { SetUserDisabledDocument } from './documents.ts';
import { useChange } from '../../session/use_change.ts';
import type { Account } from './account.ts';

interface Props {
  readonly user: Account;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

export function DisableUser({ user: { username, sessions }, isOpen, onClose }: Props) {
  const { user: self } = useAuth();
  const set = useChange(SetUserDisabledDocument);
  const toast = useToast();
  const disable = async () => {
    await set({ username, disabled: true });
    toast(`${username} was disabled.`);
  };
  const open = sessions?.length ?? 0;
  return (
    <Confirm title={`Disable ${username}?`} action="Disable" isOpen={isOpen} onClose={onClose} onConfirm={disable}>
      {open > 0 && `${open === 1 ? 'One session ends' : `${open} sessions end`} at once. `}
      {self?.username === username
        ? 'This is your own account. Another admin will have to enable it before you can sign in again.'
        : `${username} cannot sign in until the account is enabled again.`}
    </Confirm>
  );
}
