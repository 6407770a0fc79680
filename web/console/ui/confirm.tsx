import { type ReactNode, useState } from 'react';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { type Failure, failureOf } from './failure.ts';
import { Notice } from './notice.tsx';

interface Props {
  readonly title: string;
  /** The consequences of the action. */
  readonly children: ReactNode;
  /** The text of the button. */
  readonly action: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  /** Runs the action. The dialog closes on success, and shows an error that {@link failureOf} can read. */
  readonly onConfirm: () => Promise<void>;
}

/** Asks before an action that cannot be undone, runs it and shows its failure. */
export function Confirm({ title, children, action, isOpen, onClose, onConfirm }: Props) {
  const [isPending, setPending] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const close = () => {
    setFailure(undefined);
    onClose();
  };
  const confirm = () => {
    setPending(true);
    setFailure(undefined);
    onConfirm()
      .then(close, (error: unknown) => setFailure(failureOf(error)))
      .finally(() => setPending(false));
  };
  return (
    <Dialog title={title} isOpen={isOpen} onClose={close} role="alertdialog">
      <div className="muted">{children}</div>
      {failure && (
        <Notice tone="danger" isUrgent>
          {failure.message}
        </Notice>
      )}
      <div className="actions">
        <Button onPress={close} autoFocus>
          Cancel
        </Button>
        <Button look="danger" isPending={isPending} onPress={confirm}>
          {action}
        </Button>
      </div>
    </Dialog>
  );
}
