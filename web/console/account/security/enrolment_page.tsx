import { useState } from 'react';
import { useQuery } from 'urql';
import { makePasskey, supportsPasskeys } from '../../session/passkey.ts';
import { useChange } from '../../session/use_change.ts';
import { AtOnce } from '../../ui/at_once.tsx';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { deviceName } from '../../ui/device_name.ts';
import { Page } from '../../ui/page.tsx';
import { ConfirmAuthenticator } from './confirm_authenticator.tsx';
import {
  AddPasskeyDocument,
  OffersPasskeysDocument,
  StartPasskeyDocument,
  StartTotpDocument,
  type StartTotpMutation,
} from './documents.ts';
import { RecoveryCodes } from './recovery_codes.tsx';

/** The only page of a user who must set up a second factor first. @param onDone called once it is set up */
export function EnrolmentPage({ onDone }: { readonly onDone: () => void }) {
  const start = useChange(StartTotpDocument);
  const [enrolment, setEnrolment] = useState<StartTotpMutation['startTotp']>();
  const [codes, setCodes] = useState<readonly string[]>();
  return (
    <Page title="Set up a second factor" lead="Your account needs one before you can go on.">
      {codes ? (
        <Card title="Save your recovery codes">
          <div className="stack">
            <RecoveryCodes codes={codes} />
            <div className="actions">
              <Button look="primary" onPress={onDone}>
                I have saved them
              </Button>
            </div>
          </div>
        </Card>
      ) : enrolment ? (
        <Card title="Authenticator app">
          <ConfirmAuthenticator enrolment={enrolment} onConfirmed={setCodes}>
            <Button onPress={() => setEnrolment(undefined)}>Back</Button>
          </ConfirmAuthenticator>
        </Card>
      ) : (
        <>
          <Card title="Authenticator app" lead="An app on your phone that shows a new code every 30 seconds.">
            <AtOnce action="Set up app" look="primary" act={async () => setEnrolment((await start({})).startTotp)} />
          </Card>
          <FirstPasskey onDone={onDone} />
        </>
      )}
    </Page>
  );
}

/** Adds a passkey instead, if the server and the browser have them. */
function FirstPasskey({ onDone }: { readonly onDone: () => void }) {
  const [{ data }] = useQuery({ query: OffersPasskeysDocument });
  const start = useChange(StartPasskeyDocument);
  const add = useChange(AddPasskeyDocument);
  if (!data?.gatehouse.passkeys || !supportsPasskeys()) return null;
  const enrol = async () => {
    const { challenge, options } = (await start({})).startPasskey;
    await add({ challenge, name: deviceName(navigator.userAgent), response: await makePasskey(options) });
    onDone();
  };
  return (
    <Card title="Passkey" lead="Your fingerprint, face or PIN, on this device, a phone or a security key.">
      <AtOnce action="Add passkey" act={enrol} />
    </Card>
  );
}
