import './shell.css';
import { Menu as MenuIcon, X } from 'lucide-react';
import { useState } from 'react';
import { Dialog } from 'react-aria-components/Dialog';
import { Modal, ModalOverlay } from 'react-aria-components/Modal';
import { Link } from 'react-router';
import { Brand } from '../ui/brand.tsx';
import { Button } from '../ui/button.tsx';
import { ThemeSwitch } from '../ui/theme_switch.tsx';
import { SideNavigation } from './side_navigation.tsx';
import { UserMenu } from './user_menu.tsx';

interface Props {
  readonly username: string;
  readonly fullName: string | undefined;
  readonly isAdmin: boolean;
}

/** The bar above every page: home link, navigation (on a phone), theme and account menu. */
export function TopBar({ username, fullName, isAdmin }: Props) {
  return (
    <header className="top-bar">
      <Drawer isAdmin={isAdmin} />
      <Link className="home" to="/" aria-label="Gatehouse, home">
        <Brand />
      </Link>
      <div className="top-bar-end">
        <ThemeSwitch />
        <UserMenu username={username} fullName={fullName} />
      </div>
    </header>
  );
}

function Drawer({ isAdmin }: { readonly isAdmin: boolean }) {
  const [isOpen, setOpen] = useState(false);
  const close = () => setOpen(false);
  return (
    <div className="drawer-button">
      <Button look="quiet" aria-label="Open navigation" icon={<MenuIcon aria-hidden />} onPress={() => setOpen(true)} />
      <ModalOverlay className="scrim drawer-scrim" isOpen={isOpen} onOpenChange={setOpen} isDismissable>
        <Modal className="drawer">
          <Dialog aria-label="Navigation" className="drawer-content">
            <div className="drawer-head">
              <Brand />
              <Button look="quiet" aria-label="Close navigation" icon={<X aria-hidden />} onPress={close} />
            </div>
            <SideNavigation isAdmin={isAdmin} onChoose={close} />
          </Dialog>
        </Modal>
      </ModalOverlay>
    </div>
  );
}
