import { useAuth } from '../../session/auth_context.ts';
import { Act, Acts } from '../../ui/act.tsx';
import { AtOnce } from '../../ui/at_once.tsx';
import { Button, ButtonLink } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { KeepFocus } from '../../ui/keep_focus.tsx';
import { Moment } from '../../ui/moment.tsx';
import { SetUserDisabledDocument, UnlockUserDocument } from './documents.ts';
import { useChange } from '../../session/use_change.ts';
import type { Account } from './account.ts';

/** The actions with a dialog. */
export type Asked = 'role' | 'disable' | 'password' | 'link' | 'delete';

interface Props {
  readonly user: Account;
  readonly onAsk: (asked: Asked) => void;
}

/** The role, the password and the state of an account, with buttons to change them. */
export function AccessCard({ user, onAsk }: Props) {
  const { username, role, disabled } = user;
  return (
    <Card title="Access">
      <KeepFocus label={`Access of ${username}`}>
        <Acts>
          <Act title="Role" about={`The role “${role}” decides what ${username} may do.`}>
            <Button onPress={() => onAsk('role')}>Change role</Button>
          </Act>
          {user.lockedUntil != null && <Unlock username={username} until={user.lockedUntil} />}
          <Password username={username} onAsk={onAsk} />
          <Act
            title={disabled ? 'The account is disabled' : 'The account is active'}
            about={
              disabled
                ? `${username} cannot sign in until the account is enabled.`
                : 'Disabling ends every session at once and blocks sign-in. No data is lost.'
            }
          >
            {disabled ? (
              <Enable username={username} />
            ) : (
              <Button look="danger" onPress={() => onAsk('disable')}>
                Disable
              </Button>
            )}
          </Act>
          <Act title="Delete" about="This is permanent. The username is never assigned again.">
            <Button look="danger" onPress={() => onAsk('delete')}>
              Delete account
            </Button>
          </Act>
        </Acts>
      </KeepFocus>
    </Card>
  );
}

function Password({ username, onAsk }: { readonly username: string; readonly onAsk: Props['onAsk'] }) {
  const { user } = useAuth();
  // A reset ends every session, so admins would lose the page that shows their own new password.
  if (user?.username === username) {
    return (
      <Act title="Password" about="This is your own account.">
        <ButtonLink to="/account/password">Change password</ButtonLink>
      </Act>
    );
  }
  return (
    <Act title="Password" about={`A new password signs ${username} out everywhere.`}>
      <div className="row">
        <Button onPress={() => onAsk('link')}>Send reset</Button>
        <Button onPress={() => onAsk('password')}>Reset password</Button>
      </div>
    </Act>
  );
}

function Unlock({ username, until }: { readonly username: string; readonly until: string }) {
  const unlock = useChange(UnlockUserDocument);
  const about = (
    <>
      Too many attempts failed. The lock ends <Moment at={until} />.
    </>
  );
  return (
    <Act title="Sign-in is locked" about={about}>
      <AtOnce action="Unlock" done={`${username} was unlocked.`} act={() => unlock({ username })} />
    </Act>
  );
}

function Enable({ username }: { readonly username: string }) {
  const set = useChange(SetUserDisabledDocument);
  const act = () => set({ username, disabled: false });
  return <AtOnce action="Enable" done={`${username} can sign in again.`} act={act} />;
}
