import './dialog.css';
import type { ReactNode } from 'react';
import { Dialog as AriaDialog } from 'react-aria-components/Dialog';
import { Heading } from 'react-aria-components/Heading';
import { Modal, ModalOverlay } from 'react-aria-components/Modal';

interface Props {
  readonly title: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
  /** `alertdialog`: asks before something is done that cannot be taken back. */
  readonly role?: 'dialog' | 'alertdialog';
  /** Whether a click beside it closes it: not what asks, nor what somebody has typed into. */
  readonly isDismissable?: boolean;
  /** Whether Escape closes it: not what shows a secret for the only time. */
  readonly isEscapable?: boolean;
}

/** A window above the page: keeps the focus inside, gives it back at the end, closes with Escape. */
export function Dialog(props: Props) {
  const { title, isOpen, onClose, children, role = 'dialog' } = props;
  const { isDismissable = role === 'dialog', isEscapable = true } = props;
  const close = (open: boolean) => open || onClose();
  return (
    <ModalOverlay
      className="scrim"
      isOpen={isOpen}
      onOpenChange={close}
      isDismissable={isDismissable}
      isKeyboardDismissDisabled={!isEscapable}
    >
      <Modal className="modal">
        <AriaDialog className="dialog" role={role}>
          <Heading slot="title" level={2}>
            {title}
          </Heading>
          {children}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}
