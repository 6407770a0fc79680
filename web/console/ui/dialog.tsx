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
  /** `alertdialog` asks before an action that cannot be undone. */
  readonly role?: 'dialog' | 'alertdialog';
  /** Allows a click outside to close it. False for questions, and for forms with typed text. */
  readonly isDismissable?: boolean;
  /** Allows Escape to close it. False for a secret that is shown only once. */
  readonly isEscapable?: boolean;
}

/** A modal dialog, which keeps the focus inside and restores it when it closes. */
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
