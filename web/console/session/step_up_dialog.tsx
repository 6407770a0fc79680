import { useSyncExternalStore } from 'react';
import type { StepUp } from '../../step_up.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { useAuth } from './auth_context.ts';
import { kindsOf } from './factor_kinds.ts';
import { ProofForm } from './proof_form.tsx';

/** Two factors, or a passkey that verified its user. A password alone is not enough then. */
const TWO_FACTORS = 'urn:gatehouse:acr:2';

/** The dialog that asks users to confirm that it is them. The refused operation is then repeated. */
export function StepUpDialog({ stepUp }: { readonly stepUp: StepUp }) {
  const auth = useAuth();
  const asked = useSyncExternalStore(stepUp.subscribe, () => stepUp.asked);
  const leave = () => stepUp.settle(false);
  const kinds = kindsOf(asked?.methods ?? []).filter((kind) => kind !== 'password' || asked?.acr !== TWO_FACTORS);
  return (
    <Dialog title="Confirm that it is you" isOpen={asked !== undefined} onClose={leave} isDismissable={false}>
      <p className="muted">This changes who can get in, or what they can do. Confirm it once more.</p>
      <ProofForm
        label="Confirm that it is you"
        kinds={kinds}
        send={async (proof) => {
          await auth.reauthenticate(proof);
          stepUp.settle(true);
        }}
      >
        <Button onPress={leave}>Cancel</Button>
      </ProofForm>
    </Dialog>
  );
}
