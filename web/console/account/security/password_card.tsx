import { useState } from 'react';
import { useChange } from '../../session/use_change.ts';
import { Act, Acts } from '../../ui/act.tsx';
import { Button, ButtonLink } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { KeepFocus } from '../../ui/keep_focus.tsx';
import { useToast } from '../../ui/toasts.tsx';
import { RemovePasswordDocument } from './documents.ts';
import { canLosePassword, type Factors } from './factors.ts';

/** The password of the account, or its absence. */
export function PasswordCard({ factors }: { readonly factors: Factors }) {
  const remove = useChange(RemovePasswordDocument);
  const toast = useToast();
  const [isRemoving, setRemoving] = useState(false);
  const about = factors.password
    ? 'Changing it signs you out everywhere else.'
    : 'Your account has no password. You sign in with passkeys alone.';
  return (
    <Card title="Password">
      <KeepFocus label="Password">
        <Acts>
          <Act title={factors.password ? 'You have a password' : 'No password'} about={about}>
            <div className="row">
              {factors.password && <ButtonLink to="/account/password">Change password</ButtonLink>}
              {canLosePassword(factors) && (
                <Button look="danger" onPress={() => setRemoving(true)}>
                  Remove password
                </Button>
              )}
            </div>
          </Act>
        </Acts>
      </KeepFocus>
      <Confirm
        title="Remove your password?"
        action="Remove password"
        isOpen={isRemoving}
        onClose={() => setRemoving(false)}
        onConfirm={async () => {
          await remove({});
          toast('Your password was removed.');
        }}
      >
        You will sign in with your passkeys alone. A password can be stolen or guessed; a passkey cannot.
      </Confirm>
    </Card>
  );
}
