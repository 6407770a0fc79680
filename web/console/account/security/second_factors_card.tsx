import { useState } from 'react';
import { useChange } from '../../session/use_change.ts';
import { Act, Acts } from '../../ui/act.tsx';
import { AtOnce } from '../../ui/at_once.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { KeepFocus } from '../../ui/keep_focus.tsx';
import { useToast } from '../../ui/toasts.tsx';
import { ConfirmAuthenticator } from './confirm_authenticator.tsx';
import {
  RemoveTotpDocument,
  RenewRecoveryCodesDocument,
  StartTotpDocument,
  type StartTotpMutation,
} from './documents.ts';
import type { Factors } from './factors.ts';
import { RecoveryCodesDialog } from './recovery_codes_dialog.tsx';

/** The authenticator app and the recovery codes. */
export function SecondFactorsCard({ factors }: { readonly factors: Factors }) {
  const [codes, setCodes] = useState<readonly string[]>();
  const hasFactor = factors.totp || factors.passkeys.length > 0;
  return (
    <Card title="Second factor" lead="Asked for after your password, so that a stolen password alone opens nothing.">
      <KeepFocus label="Second factor">
        <Acts>
          <Authenticator isOn={factors.totp} onCodes={setCodes} />
          {hasFactor && <Codes left={factors.recoveryCodesLeft} onCodes={setCodes} />}
        </Acts>
      </KeepFocus>
      <RecoveryCodesDialog codes={codes} onClose={() => setCodes(undefined)} />
    </Card>
  );
}

interface Giving {
  readonly onCodes: (codes: readonly string[]) => void;
}

function Authenticator({ isOn, onCodes }: Giving & { readonly isOn: boolean }) {
  const start = useChange(StartTotpDocument);
  const remove = useChange(RemoveTotpDocument);
  const toast = useToast();
  const [enrolment, setEnrolment] = useState<StartTotpMutation['startTotp']>();
  const [isRemoving, setRemoving] = useState(false);
  const close = () => setEnrolment(undefined);
  const title = (
    <>
      Authenticator app <Badge tone={isOn ? 'success' : undefined}>{isOn ? 'On' : 'Off'}</Badge>
    </>
  );
  return (
    <Act title={title} about="An app on your phone that shows a new code every 30 seconds.">
      <div className="row">
        <AtOnce
          action={isOn ? 'Replace app' : 'Set up app'}
          act={async () => setEnrolment((await start({})).startTotp)}
        />
        {isOn && (
          <Button look="danger" onPress={() => setRemoving(true)}>
            Remove app
          </Button>
        )}
      </div>
      <Dialog
        title="Set up an authenticator app"
        isOpen={enrolment !== undefined}
        onClose={close}
        isDismissable={false}
      >
        {enrolment && (
          <ConfirmAuthenticator
            enrolment={enrolment}
            onConfirmed={(codes) => {
              close();
              onCodes(codes);
            }}
          >
            <Button onPress={close}>Cancel</Button>
          </ConfirmAuthenticator>
        )}
      </Dialog>
      <Confirm
        title="Remove the authenticator app?"
        action="Remove"
        isOpen={isRemoving}
        onClose={() => setRemoving(false)}
        onConfirm={async () => {
          await remove({});
          toast('The authenticator app was removed.');
        }}
      >
        Its codes will not sign you in any more. With your last second factor, the recovery codes go too.
      </Confirm>
    </Act>
  );
}

function Codes({ left, onCodes }: Giving & { readonly left: number }) {
  const renew = useChange(RenewRecoveryCodesDocument);
  const title = (
    <>
      Recovery codes <Badge tone={left < 3 ? 'warning' : 'success'}>{left} left</Badge>
    </>
  );
  return (
    <Act title={title} about="They sign you in when you have lost your second factor, each once.">
      <AtOnce action="Renew codes" act={async () => onCodes((await renew({})).renewRecoveryCodes)} />
    </Act>
  );
}
