import { LogOut } from 'lucide-react';
import { useState } from 'react';
import { deviceName } from '../../ui/device_name.ts';
import { type Session, SessionTable } from '../../ui/session_table.tsx';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { KeepFocus } from '../../ui/keep_focus.tsx';
import { EmptyState } from '../../ui/states.tsx';
import { useToast } from '../../ui/toasts.tsx';
import { RevokeUserSessionDocument, RevokeUserSessionsDocument } from './documents.ts';
import { useChange } from '../../session/use_change.ts';
import type { Account } from './account.ts';

/** The sessions of an account, with buttons to end one or all. */
export function UserSessionsCard({ user: { username, sessions } }: { readonly user: Account }) {
  const [asked, setAsked] = useState<Session | 'all'>();
  const close = () => setAsked(undefined);
  const isAny = sessions != null && sessions.length > 0;
  const all = (
    <Button look="danger" icon={<LogOut aria-hidden />} onPress={() => setAsked('all')}>
      Sign out everywhere
    </Button>
  );
  return (
    <KeepFocus label={`Sessions of ${username}`}>
      <Card title="Sessions" actions={isAny ? all : undefined} isFlush>
        {isAny ? (
          <SessionTable sessions={sessions} onEnd={setAsked} />
        ) : (
          <EmptyState title={`${username} has no active sessions`} />
        )}
        <EndOne username={username} session={asked === 'all' ? undefined : asked} onClose={close} />
        <EndAll username={username} isOpen={asked === 'all'} onClose={close} />
      </Card>
    </KeepFocus>
  );
}

interface EndOneProps {
  readonly username: string;
  readonly session: Session | undefined;
  readonly onClose: () => void;
}

function EndOne({ username, session, onClose }: EndOneProps) {
  const revoke = useChange(RevokeUserSessionDocument);
  const toast = useToast();
  const end = async () => {
    await revoke({ id: session!.id });
    toast(`The session of ${username} has ended.`);
  };
  return (
    <Confirm
      title="Sign out this device?"
      action="Sign out device"
      isOpen={session !== undefined}
      onClose={onClose}
      onConfirm={end}
    >
      {session &&
        `${deviceName(session.userAgent)}, signed in from ${session.address}. ${username} will have to sign in again on it.`}
    </Confirm>
  );
}

interface EndAllProps {
  readonly username: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

function EndAll({ username, isOpen, onClose }: EndAllProps) {
  const revokeAll = useChange(RevokeUserSessionsDocument);
  const toast = useToast();
  const end = async () => {
    const { revokeUserSessions: ended } = await revokeAll({ username });
    toast(`${username} was signed out: ${ended === 1 ? 'one session has' : `${ended} sessions have`} ended.`);
  };
  return (
    <Confirm
      title={`Sign ${username} out everywhere?`}
      action="Sign out everywhere"
      isOpen={isOpen}
      onClose={onClose}
      onConfirm={end}
    >
      Every session of {username} ends at once, with its access token.
    </Confirm>
  );
}
