import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { RecoveryCodes } from './recovery_codes.tsx';

interface Props {
  /** Undefined while it is closed. */
  readonly codes: readonly string[] | undefined;
  readonly onClose: () => void;
}

/** Shows new recovery codes until the user has saved them. */
export function RecoveryCodesDialog({ codes, onClose }: Props) {
  return (
    <Dialog
      title="Save your recovery codes"
      isOpen={codes !== undefined}
      onClose={onClose}
      isDismissable={false}
      isEscapable={false}
    >
      {codes && <RecoveryCodes codes={codes} />}
      <div className="actions">
        <Button look="primary" onPress={onClose}>
          I have saved them
        </Button>
      </div>
    </Dialog>
  );
}
