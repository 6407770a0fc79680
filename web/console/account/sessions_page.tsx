import { LogOut } from 'lucide-react';
import { useState } from 'react';
import { useMutation, useQuery } from 'urql';
import { useAuth } from '../session/auth_context.ts';
import { useChange } from '../session/use_change.ts';
import { Button } from '../ui/button.tsx';
import { Card } from '../ui/card.tsx';
import { Confirm } from '../ui/confirm.tsx';
import { KeepFocus } from '../ui/keep_focus.tsx';
import { Loaded } from '../ui/loaded.tsx';
import { Page } from '../ui/page.tsx';
import { EmptyState, Skeleton } from '../ui/states.tsx';
import { useToast } from '../ui/toasts.tsx';
import { deviceName } from '../ui/device_name.ts';
import { LogoutEverywhereDocument, RevokeSessionDocument, SessionsDocument } from './documents.ts';
import { type Session, SessionTable } from '../ui/session_table.tsx';

type Asked = { readonly what: 'one'; readonly session: Session } | { readonly what: 'all' };

export function SessionsPage() {
  const query = useQuery({ query: SessionsDocument });
  const [asked, setAsked] = useState<Asked>();
  const close = () => setAsked(undefined);
  const everywhere = (
    <Button look="danger" icon={<LogOut aria-hidden />} onPress={() => setAsked({ what: 'all' })}>
      Sign out everywhere
    </Button>
  );
  return (
    <Page
      title="Sessions"
      lead="Where you are signed in. End any session that you do not recognise, then change your password."
    >
      <KeepFocus label="Your sessions">
        <Card title="Signed in" actions={everywhere} isFlush>
          <Loaded query={query} skeleton={<Skeleton lines={3} height="3rem" />}>
            {({ me: { sessions } }) =>
              sessions?.length ? (
                <SessionTable sessions={sessions} onEnd={(session) => setAsked({ what: 'one', session })} />
              ) : (
                <EmptyState title="No sessions" />
              )
            }
          </Loaded>
        </Card>
      </KeepFocus>
      <EndOne asked={asked} onClose={close} />
      <EndAll asked={asked} onClose={close} />
    </Page>
  );
}

interface Asking {
  readonly asked: Asked | undefined;
  readonly onClose: () => void;
}

function EndOne({ asked, onClose }: Asking) {
  const revoke = useChange(RevokeSessionDocument);
  const toast = useToast();
  const session = asked?.what === 'one' ? asked.session : undefined;
  const end = async () => {
    await revoke({ id: session!.id });
    toast('The device was signed out.');
  };
  return (
    <Confirm
      title="Sign out this device?"
      action="Sign out device"
      isOpen={session !== undefined}
      onClose={onClose}
      onConfirm={end}
    >
      {session && `${deviceName(session.userAgent)}, signed in from ${session.address}, will have to sign in again.`}
    </Confirm>
  );
}

function EndAll({ asked, onClose }: Asking) {
  const auth = useAuth();
  const [, endAll] = useMutation(LogoutEverywhereDocument);
  const end = async () => {
    const { error } = await endAll({});
    if (error) throw error;
    // The session has ended on the server. Only this page still has to forget it.
    await auth.logout().catch(() => undefined);
  };
  return (
    <Confirm
      title="Sign out everywhere?"
      action="Sign out everywhere"
      isOpen={asked?.what === 'all'}
      onClose={onClose}
      onConfirm={end}
    >
      Every device, including this one, will have to sign in again.
    </Confirm>
  );
}
