import './menu.css';
import { LogOut, ChevronDown, CircleUser } from 'lucide-react';
import { Button } from 'react-aria-components/Button';
import { Header } from 'react-aria-components/Header';
import { Menu, MenuItem, MenuSection, MenuTrigger } from 'react-aria-components/Menu';
import { Popover } from 'react-aria-components/Popover';
import { useNavigate } from 'react-router';
import { useAuth } from '../session/auth_context.ts';
import { LongName } from '../ui/long_name.tsx';

interface Props {
  readonly username: string;
  readonly fullName: string | undefined;
}

/** The account menu of the signed-in user. */
export function UserMenu({ username, fullName }: Props) {
  const auth = useAuth();
  const navigate = useNavigate();
  // Leaves the page even if the server does not respond. The sign-in page shows that, and retries.
  const signOut = () => void auth.logout().catch(() => undefined);
  return (
    <MenuTrigger>
      <Button className="user-button" aria-label={`${username}: account menu`}>
        <span className="avatar" data-letter={(fullName ?? username).charAt(0).toUpperCase()} aria-hidden />
        <span className="user-name">{username}</span>
        <ChevronDown size={16} aria-hidden />
      </Button>
      <Popover className="popover" placement="bottom end">
        <Menu className="menu" aria-label="Account">
          <MenuSection aria-label="Account">
            <Header className="menu-head">
              <strong>
                <LongName of={fullName ?? username} />
              </strong>
              {fullName !== undefined && <span>{username}</span>}
            </Header>
            <MenuItem className="menu-item" onAction={() => void navigate('/account')}>
              <CircleUser size={18} aria-hidden />
              Profile
            </MenuItem>
            <MenuItem className="menu-item" onAction={signOut}>
              <LogOut size={18} aria-hidden />
              Sign out
            </MenuItem>
          </MenuSection>
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
