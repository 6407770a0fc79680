import { useState } from 'react';
import { useAuth } from '../../session/auth_context.ts';
import { Act, Acts } from '../../ui/act.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Button, ButtonLink } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { KeepFocus } from '../../ui/keep_focus.tsx';
import type { Account } from './account.ts';
import { ResetFactors } from './reset_factors.tsx';

interface Props {
  readonly username: string;
  readonly factors: NonNullable<Account['factors']>;
}

/** How the user of an account signs in, with a button for one who lost the second factors. */
export function FactorsCard({ username, factors: { password, totp, passkeys, recoveryCodesLeft } }: Props) {
  const { user } = useAuth();
  const [isResetting, setResetting] = useState(false);
  const names = passkeys.map(({ name }) => `“${name}”`).join(', ');
  const hasAny = totp || passkeys.length > 0 || recoveryCodesLeft > 0;
  return (
    <Card title="Sign-in">
      <KeepFocus label={`Sign-in of ${username}`}>
        <Acts>
          <Act title="Password" about="Set by the user, or handed over by an admin.">
            <State isOn={password} />
          </Act>
          <Act title="Authenticator app" about="Shows a new code every 30 seconds.">
            <State isOn={totp} />
          </Act>
          <Act title="Passkeys" about={names || 'Devices and security keys that sign in without a password.'}>
            <Badge tone={passkeys.length > 0 ? 'success' : undefined}>{passkeys.length}</Badge>
          </Act>
          <Act title="Recovery codes" about="Each replaces a lost second factor once.">
            <Badge tone={recoveryCodesLeft > 0 ? 'success' : undefined}>{recoveryCodesLeft} left</Badge>
          </Act>
          {user?.username === username ? (
            <Act title="Second factors" about="This is your own account.">
              <ButtonLink to="/account/security">Change factors</ButtonLink>
            </Act>
          ) : (
            hasAny && (
              <Act title="Lost second factor" about={`Removes the app, the passkeys and the codes of ${username}.`}>
                <Button look="danger" onPress={() => setResetting(true)}>
                  Reset factors
                </Button>
              </Act>
            )
          )}
        </Acts>
      </KeepFocus>
      <ResetFactors username={username} isOpen={isResetting} onClose={() => setResetting(false)} />
    </Card>
  );
}

function State({ isOn }: { readonly isOn: boolean }) {
  return <Badge tone={isOn ? 'success' : undefined}>{isOn ? 'On' : 'Off'}</Badge>;
}
